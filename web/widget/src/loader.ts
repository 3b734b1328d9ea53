/**
 * The loader is the one script that a site adds. It asks for the widget's
 * settings and shows the button; everything else is loaded when the visitor
 * opens the chat, or has one already.
 */
import type { App, mount } from "./app.ts";
import { directionOf } from "./text/direction.ts";
import styles from "./loader.css?inline";
import type { ContextProvider, Events, Options, Settings, Shared, TokenProvider } from "./types.ts";

declare const APP: string;

interface LoaderTexts {
  open_chat: string;
}

const launcherTexts: Record<string, string> = {
  en: "Open chat",
  nl: "Chat openen",
  fi: "Avaa chat",
  et: "Ava vestlus",
  ja: "チャットを開く",
};

type Given = Record<string, string | undefined>;

// Sites have this script as a module, copied into one of theirs, delayed, or with another attribute for its
// address. So that is looked for wherever it may stand, and settings may stand in it or in the page.
const file = /\S*\/widget\/loader\.js\S*/;
const find = (texts: string[]) => texts.map((t) => file.exec(t)?.[0]).find(Boolean);
const values = (s: Element) => [...s.attributes].map((a) => a.value);
const script = [document.currentScript as HTMLScriptElement | null, ...document.scripts].find(
  (s) => s && (s.dataset.widget || find(values(s))),
);
const found = find([...(script ? values(script) : []), ...performance.getEntriesByType("resource").map((e) => e.name)]);
const address = found && new URL(found, location.href);
const given: Given = {
  ...Object.fromEntries(address ? address.searchParams : []),
  ...script?.dataset,
  ...(window as { switchboardSettings?: Given }).switchboardSettings,
};
const origin = given.api ?? (address ? address.origin : "");

const options: Options = {
  api: origin,
  key: given.widget ?? "",
  language: given.language,
  color: given.color,
  textColor: given.textColor,
  position: given.position,
  title: given.title,
  theme: given.theme,
  headless: given.headless !== undefined,
};

const loadedMark = Symbol.for("switchboard");
const listeners = new Map<string, Set<(detail: unknown) => void>>();

function emit(event: Events, detail?: unknown): void {
  listeners.get(event)?.forEach((f) => {
    f(detail);
  });
  dispatchEvent(new CustomEvent(`switchboard:${event}`, { detail }));
}

const shared = { options, context: null, token: null, emit } as unknown as Shared;

let started: () => void = () => undefined;
const settled = new Promise<void>((resolve) => (started = resolve));
let app: Promise<App> | undefined;
let root: ShadowRoot | null = null;
let button: HTMLButtonElement | null = null;

const load = (): Promise<App> =>
  (app ??= settled
    .then(() => import(/* @vite-ignore */ `${origin}/widget/${APP}`) as Promise<{ mount: typeof mount }>)
    .then((m) => m.mount(shared, root, button))
    .catch((err: unknown) => {
      app = undefined; // the next try loads it again
      emit("error", { code: "not_loaded" });
      throw err;
    }));

const call =
  <K extends keyof App>(name: K) =>
  async (...args: Parameters<App[K]>): Promise<unknown> =>
    ((await load())[name] as (...a: unknown[]) => unknown)(...args);

const api = {
  open: call("open"),
  close: call("close"),
  toggle: call("toggle"),
  start: call("start"),
  end: call("end"),
  send: call("send"),
  signOut: call("signOut"),
  state: call("state"),
  subscribe: call("subscribe"),
  availability: () =>
    settled.then(() => ({ open: shared.settings.open, opensAt: shared.settings.opens_at, agents: shared.settings.agents_available })),
  setContext: (c: ContextProvider | null) => void (shared.context = c),
  setTokenProvider: (t: TokenProvider | null) => void (shared.token = t),
  configure: (more: Partial<Options>) => {
    Object.assign(options, more);
    if (button) paint();
    if (app) void call("repaint")();
  },
  on: (event: Events, f: (detail: unknown) => void) => {
    listeners.set(event, (listeners.get(event) ?? new Set()).add(f));
    return () => listeners.get(event)?.delete(f);
  },
};

/** stored returns what an earlier page stored. */
function stored(where: () => Storage, name: string): string | null {
  try {
    return where().getItem(`switchboard:${options.key}:${name}`);
  } catch {
    return null;
  }
}

function paint(): void {
  const host = root?.host as HTMLElement;
  const a = shared.settings.appearance;
  host.dataset.position = options.position ?? a.position ?? "right";
  host.dataset.theme = options.theme ?? "auto";
  host.dir = directionOf(options.language ?? shared.settings.language); // the page's may be another
  const set = (name: string, value?: string) => {
    if (value) host.style.setProperty(name, value);
  };
  set("--_color", options.color ?? a.color);
  set("--_text", options.textColor ?? a.text_color);
  const language = options.language ?? shared.settings.language;
  const own = options.texts as LoaderTexts | undefined;
  button?.setAttribute(
    "aria-label",
    own?.open_chat ?? shared.settings.texts[language]?.open_chat ?? launcherTexts[language] ?? "Open chat",
  );
}

/** chatIcon is built from elements: pages may forbid markup from strings. */
function chatIcon(): Element {
  const make = (name: string, attribute: string, value: string) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    node.setAttribute(attribute, value);
    return node;
  };
  const svg = make("svg", "viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.append(make("path", "d", "M21 12a8 8 0 0 1-8 8H4l2-3.2A8 8 0 1 1 21 12Z"));
  return svg;
}

/** keepAttached re-attaches the chat when the page replaces its body, as Turbo does, and removes empty copies of it. */
function keepAttached(host: HTMLElement): void {
  const seen = new MutationObserver(() => {
    if (!host.isConnected) setTimeout(put);
  });
  const put = () => {
    if (host.isConnected) return;
    seen.disconnect();
    for (const copy of document.querySelectorAll(`.${host.className}`)) if (!copy.shadowRoot) copy.remove();
    document.body.append(host);
    for (const at of [document, document.documentElement, document.body]) seen.observe(at, { childList: true });
  };
  put();
}

function show(returning: boolean): void {
  const s = shared.settings;
  const away = s.style === "live" && !s.open && s.appearance.hide_offline;
  const host = document.createElement("aside");
  host.setAttribute("aria-label", "Chat");
  host.className = "switchboard-chat";
  host.dataset.turboTemporary = ""; // not to be kept with a copy of the page
  root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [sheet];
  button = document.createElement("button");
  button.type = "button";
  button.setAttribute("part", "launcher");
  button.append(chatIcon());
  button.setAttribute("aria-expanded", "false");
  button.hidden = Boolean(away) && !returning;
  button.onpointerdown = () => void load();
  button.onclick = () => void call("toggle")();
  root.append(button);
  paint();
  keepAttached(host);
}

async function begin(): Promise<void> {
  const resp = await fetch(`${origin}/v1/chat/${encodeURIComponent(options.key)}`, { credentials: "omit" });
  if (!resp.ok) throw new Error(String(resp.status));
  shared.settings = (await resp.json()) as Settings;
  const returning = stored(() => localStorage, "session") !== null;
  if (!options.headless) show(returning);
  started();
  emit("ready", api);
  const link = new URL(location.href);
  const reconnect = link.searchParams.get("switchboard-reconnect");
  if (reconnect) {
    link.searchParams.delete("switchboard-reconnect"); // a reload must not use it again
    history.replaceState(history.state, "", link);
    void api.start({ reconnect });
  } else if (stored(() => sessionStorage, "open") !== null) void api.open();
  else if (returning) void load();
}

function beginOrWait(): void {
  begin().catch(() => {
    emit("error", { code: "no_settings" });
    addEventListener("online", beginOrWait, { once: true });
  });
}

const page = window as { switchboardLoaded?: (a: typeof api) => void; [loadedMark]?: string };

if (!options.key || !origin) {
  // eslint-disable-next-line no-console -- nothing else tells a site why there is no chat
  console.error("Switchboard: add data-widget and data-api to the script, or set window.switchboardSettings");
} else if (page[loadedMark] === undefined) {
  page[loadedMark] = options.key;
  Object.assign(window, { Switchboard: api });
  page.switchboardLoaded?.(api);
  if (document.body) beginOrWait();
  else addEventListener("DOMContentLoaded", beginOrWait);
} // else the page has it twice: one chat is enough

export type Api = typeof api;
