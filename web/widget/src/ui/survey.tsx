import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Problem } from "../core/api.ts";
import type { Name } from "../text/translator.ts";
import type { Question } from "../types.ts";
import type { Part } from "./part.ts";
import { isStaffed } from "./staffed.ts";

type Answers = Record<string, string | boolean>;

/** answerError names what is wrong with an answer, or returns null. The server validates it again. */
export function answerError(q: Question, answer: string | boolean | undefined): Name | null {
  const text = typeof answer === "string" ? answer.trim() : "";
  if (q.type === "consent" ? answer !== true && q.required : q.required && !text) return "needed";
  if (text && q.check === "email" && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)) return "bad_email";
  if (text && q.check === "phone" && !/^\+?[\d\s()./-]{6,24}$/.test(text)) return "bad_phone";
  return null;
}

/** Survey asks the site's questions before the chat starts. */
export function Survey({ chat, t }: Part) {
  const questions = chat.settings.pre_chat ?? [];
  const [answers, setAnswers] = useState<Answers>({});
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const page = useRef<HTMLFormElement>(null);
  useEffect(() => {
    page.current?.querySelector<HTMLElement>("textarea, input, select, button")?.focus();
  }, []);

  const send = async (form: HTMLFormElement) => {
    const found: Record<string, string> = {};
    for (const q of questions) {
      const m = answerError(q, answers[q.name]);
      if (m) found[q.name] = t.text(m);
    }
    setWrong(found);
    if (focusFirst(form, found)) return;
    setBusy(true);
    try {
      await chat.answer(answered(answers));
    } catch (err) {
      const refused = fields(err);
      setWrong(refused);
      if (!focusFirst(form, refused)) await chat.showError(err);
    }
    setBusy(false);
  };
  return (
    <form
      part="page form"
      ref={page}
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        void send(e.currentTarget);
      }}
    >
      {!isStaffed(chat) && <p>{t.text(chat.settings.style === "live" ? "nobody" : "later")}</p>}
      {questions.map((q) => (
        <Field
          key={q.name}
          q={q}
          label={t.label(q.label)}
          choose={t.text("choose")}
          wrong={wrong[q.name]}
          value={answers[q.name]}
          set={(v) => {
            setAnswers({ ...answers, [q.name]: v });
          }}
        />
      ))}
      <button type="submit" part="button main" disabled={busy}>
        {t.text("start")}
      </button>
    </form>
  );
}

interface FieldProps {
  q: Question;
  label: string;
  choose: string;
  wrong: string | undefined;
  value: string | boolean | undefined;
  set: (v: string | boolean) => void;
}

function Field({ q, label, choose, wrong, value, set }: FieldProps) {
  const id = `q-${q.name}`;
  const all = {
    id,
    name: q.name,
    part: "input",
    "aria-required": q.required,
    "aria-invalid": Boolean(wrong),
    "aria-describedby": wrong ? `${id}-wrong` : undefined,
    onInput: (e: JSX.TargetedEvent<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>) => {
      set(q.type === "consent" ? (e.currentTarget as HTMLInputElement).checked : e.currentTarget.value);
    },
  };
  const text = typeof value === "string" ? value : "";
  return (
    <div part={q.type === "consent" ? "field consent" : "field"}>
      {q.type === "consent" && <input {...all} type="checkbox" part="check" checked={value === true} />}
      <label for={id}>
        {q.type === "consent" ? withLinks(label) : label}
        {q.required && <span aria-hidden="true"> *</span>}
      </label>
      {q.type === "text" && (
        <input {...all} type={kinds[q.check ?? ""] ?? "text"} autocomplete={kinds[q.check ?? ""]} value={text} maxLength={512} />
      )}
      {q.type === "multiline" && <textarea {...all} rows={3} value={text} maxLength={2000} />}
      {q.type === "options" && (
        <select {...all} value={text}>
          <option value="">{choose}</option>
          {q.options?.map((o) => (
            <option key={o} value={o}>
              {o}
            </option>
          ))}
        </select>
      )}
      {wrong && (
        <p part="wrong" id={`${id}-wrong`}>
          {wrong}
        </p>
      )}
    </div>
  );
}

// Input types, which are also the autocomplete values.
const kinds: Record<string, string> = { email: "email", phone: "tel" };

/** withLinks turns [text](https://…) into a link, and nothing else. */
export function withLinks(text: string): (string | JSX.Element)[] {
  return text.split(/(\[[^\]]+\]\(https?:\/\/[^\s)]+\))/).map((piece, i) => {
    const [, name, url] = (i % 2 && /^\[([^\]]+)\]\((.+)\)$/.exec(piece)) || [];
    return url ? (
      <a key={i} href={url} target="_blank" rel="noopener noreferrer">
        {name}
      </a>
    ) : (
      piece
    );
  });
}

/** answered returns the answers that were given. */
function answered(answers: Answers): Answers {
  return Object.fromEntries(Object.entries(answers).filter(([, v]) => v !== "" && v !== false));
}

function fields(err: unknown): Record<string, string> {
  if (!(err instanceof Problem)) return {};
  return Object.fromEntries(
    err.errors.filter((e) => e.field.startsWith("answers.")).map((e) => [e.field.slice("answers.".length), e.reason]),
  );
}

function focusFirst(form: HTMLFormElement, wrong: Record<string, string>): boolean {
  const first = [...form.elements].find((e) => (e as HTMLInputElement).name in wrong) as HTMLElement | undefined;
  first?.focus();
  return Object.keys(wrong).length > 0;
}
