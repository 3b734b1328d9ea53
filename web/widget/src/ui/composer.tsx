import { useEffect, useRef, useState } from "preact/hooks";
import { newID } from "../core/outbox.ts";
import { composing } from "./keys.ts";
import type { Settings } from "../types.ts";
import type { Words } from "../text/words.ts";
import { Clip, Cross, Plane } from "./icons.tsx";
import type { Part } from "./part.ts";

/** refusedFile says why a file is not taken, before it is uploaded. */
export function refusedFile(f: { name: string; type: string; size: number }, limits: Settings["files"], words: Words): string | null {
  const name = f.name.toLowerCase();
  if (
    limits.blocked?.some((b) =>
      b.startsWith(".") ? name.endsWith(b) : b.endsWith("/*") ? f.type.startsWith(b.slice(0, -1)) : b === f.type,
    )
  )
    return words.say("not_taken", { name: f.name });
  if (f.size > limits.max_bytes) return words.say("too_big", { name: f.name, size: words.size(limits.max_bytes) });
  return null;
}

const draftName = (key: string) => `switchboard:${key}:draft`;

/** Composer is where the visitor writes. What they typed survives a reload. */
export function Composer({ chat, words }: Part) {
  const { files: limits, limits: size, key } = chat.settings;
  const [text, setText] = useState(() => recall(key));
  const [files, setFiles] = useState<File[]>([]);
  const [refused, setRefused] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const tooLong = text.trim().length - size.max_text; // in UTF-16 code units, as the server counts what is sent

  useEffect(() => {
    remember(key, text);
    const area = input.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${String(Math.min(area.scrollHeight, 140))}px`;
  }, [text, key]);

  const take = (list: Iterable<File> | null | undefined) => {
    const more = [...(list ?? [])];
    if (!more.length || !limits.allowed) return;
    const wrong = more.map((f) => refusedFile(f, limits, words)).find((r) => r !== null);
    const room = size.max_attachments - files.length;
    const good = more.filter((f) => !refusedFile(f, limits, words));
    setRefused(wrong ?? (good.length > room ? words.say("too_many", { n: size.max_attachments }) : null));
    setFiles([...files, ...good.slice(0, room)]);
    input.current?.focus();
  };
  const send = () => {
    if ((!text.trim() && !files.length) || tooLong > 0) return;
    void chat.send(text.trim(), files);
    setText("");
    setFiles([]);
    setRefused(null);
    input.current?.focus();
  };
  return (
    <form
      part={over ? "composer over" : "composer"}
      onSubmit={(e) => {
        e.preventDefault();
        send();
      }}
      onDragOver={(e) => {
        if (!limits.allowed) return;
        e.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => {
        setOver(false);
      }}
      onDrop={(e) => {
        e.preventDefault();
        setOver(false);
        take(e.dataTransfer?.files);
      }}
    >
      {over && <p part="drop">{words.say("drop")}</p>}
      {(refused ?? tooLong > 0) && (
        <p part="wrong" role="alert">
          {refused ?? words.say("too_long", { n: tooLong })}
        </p>
      )}
      {files.length > 0 && (
        <Chosen
          files={files}
          words={words}
          drop={(f) => {
            setFiles(files.filter((x) => x !== f));
            input.current?.focus();
          }}
        />
      )}
      <div part="row">
        {limits.allowed && <Attach label={words.say("attach")} take={take} />}
        <textarea
          part="input text"
          ref={input}
          rows={1}
          value={text}
          dir="auto"
          aria-label={words.say("write")}
          placeholder={words.say("write")}
          onInput={(e) => {
            setText(e.currentTarget.value);
            chat.types();
          }}
          onPaste={(e) => {
            if (!e.clipboardData?.files.length) return;
            e.preventDefault();
            take([...e.clipboardData.files].map(named));
          }}
          onKeyDown={(e) => {
            if (e.key !== "Enter" || e.shiftKey || composing(e)) return;
            e.preventDefault();
            send();
          }}
        />
        <button type="submit" part="icon send" aria-label={words.say("send")} disabled={(!text.trim() && !files.length) || tooLong > 0}>
          <Plane />
        </button>
      </div>
    </form>
  );
}

function Attach({ label, take }: { label: string; take: (list: FileList | null) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" part="icon" aria-label={label} onClick={() => picker.current?.click()}>
        <Clip />
      </button>
      <input
        type="file"
        multiple
        hidden
        ref={picker}
        tabIndex={-1}
        onChange={(e) => {
          take(e.currentTarget.files);
          e.currentTarget.value = "";
        }}
      />
    </>
  );
}

function Chosen({ files, words, drop }: { files: File[]; words: Words; drop: (f: File) => void }) {
  return (
    <ul part="chosen">
      {files.map((f) => (
        <li key={f.name + String(f.size)}>
          <span dir="auto">{f.name}</span> <small>{words.size(f.size)}</small>
          <button
            type="button"
            part="icon"
            aria-label={words.say("remove", { name: f.name })}
            onClick={() => {
              drop(f);
            }}
          >
            <Cross />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** named gives a pasted picture a name of its own. */
function named(f: File): File {
  return f.name === "image.png" ? new File([f], `${newID().slice(0, 8)}.png`, { type: f.type }) : f;
}

function recall(key: string): string {
  try {
    return sessionStorage.getItem(draftName(key)) ?? "";
  } catch {
    return "";
  }
}

function remember(key: string, text: string): void {
  try {
    sessionStorage.setItem(draftName(key), text);
  } catch {
    // it lives as long as the page
  }
}
