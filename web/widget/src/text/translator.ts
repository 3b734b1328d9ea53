import type { Shared } from "../types.ts";
import { en, type Texts } from "./en.ts";

/** English is built in; another language is loaded when it is the visitor's. */
const others: Record<string, () => Promise<Texts>> = {
  nl: () => import("./nl.ts").then((m) => m.nl),
  fi: () => import("./fi.ts").then((m) => m.fi),
  et: () => import("./et.ts").then((m) => m.et),
  ja: () => import("./ja.ts").then((m) => m.ja),
};

export type Name = keyof Texts;
type Values = Record<string, string | number>;

/** languageOf is the language of the page or the settings, if there are texts in it. */
export function languageOf({ settings, options }: Shared): string {
  const wanted = options.language ?? settings.language;
  return wanted in others || wanted in settings.texts ? wanted : "en";
}

/** loadTranslator loads the texts of the visitor's language. */
export async function loadTranslator(shared: Shared): Promise<Translator> {
  const language = languageOf(shared);
  const texts = await others[language]?.().catch(() => en);
  return new Translator(shared, language, texts ?? en);
}

/** Translator has the widget's texts in the visitor's language; the site's own come first. */
export class Translator {
  private readonly locale: string;
  private readonly plural: Intl.PluralRules;

  constructor(
    private readonly shared: Shared,
    readonly language: string,
    private readonly builtIn: Texts,
  ) {
    // The browser's variant of the language, for times: en-GB or en-US.
    this.locale = navigator.languages.find((l) => l.split("-")[0] === language) ?? language;
    this.plural = new Intl.PluralRules(language);
  }

  text(name: Name, values: Values = {}): string {
    const { settings, options } = this.shared;
    const text = options.texts?.[name] ?? settings.texts[this.language]?.[name] ?? this.builtIn[name];
    return text.replace(/\{(\w+)\}/g, (_, v: string) => String(values[v] ?? ""));
  }

  count(name: "unread" | "ahead", n: number): string {
    return this.text(`${name}_${this.plural.select(n) === "one" ? "one" : "other"}`, { n });
  }

  /** label picks the visitor's language from a site's own texts. */
  label(texts: Record<string, string>): string {
    return texts[this.language] ?? texts.en ?? Object.values(texts)[0] ?? "";
  }

  time(at: string): string {
    return new Intl.DateTimeFormat(this.locale, { timeStyle: "short" }).format(new Date(at));
  }

  day(at: string): string {
    const days = Math.round((midnight(new Date(at)) - midnight(new Date())) / 86_400_000);
    if (days > -2) return new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(days, "day");
    return new Intl.DateTimeFormat(this.locale, { dateStyle: "long" }).format(new Date(at));
  }

  moment(at: string): string {
    return new Intl.DateTimeFormat(this.locale, {
      weekday: "long",
      day: "numeric",
      month: "long",
      hour: "numeric",
      minute: "2-digit",
    }).format(new Date(at));
  }

  size(bytes: number): string {
    const big = bytes >= 1_048_576;
    const unit = big ? "megabyte" : "kilobyte";
    const value = big ? bytes / 1_048_576 : Math.ceil(bytes / 1024);
    return new Intl.NumberFormat(this.locale, { style: "unit", unit, maximumFractionDigits: 1 }).format(value);
  }

  /** wait formats an estimated wait as a range in minutes; seconds would promise too much. */
  wait({ from, to }: { from: number; to: number }): string {
    const [low, high] = [Math.round(from / 60), Math.ceil(to / 60)];
    if (high <= 1) return this.text("wait_short");
    return low < 1 || low === high ? this.text("wait_about", { to: high }) : this.text("wait_range", { from: low, to: high });
  }

  /** usually says within what time answers to a persistent chat come, rounded up to what people say. */
  usually({ to }: { to: number }): string {
    const minutes = Math.max(1, Math.ceil(to / 60));
    const [n, unit] =
      minutes < 60 ? [minutes, "minute"] : minutes < 1440 ? [Math.ceil(minutes / 60), "hour"] : [Math.ceil(minutes / 1440), "day"];
    const time = new Intl.NumberFormat(this.locale, { style: "unit", unit, unitDisplay: "long" }).format(n);
    return this.text("usually", { time });
  }
}

function midnight(d: Date): number {
  return new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime();
}
