import { useEffect, useRef, useState } from "preact/hooks";
import { newID } from "../../../shared/uuid.ts";
import { tabStorage } from "../core/storage.ts";
import { isComposing } from "../../../shared/composition.ts";
import type { Settings } from "../types.ts";
import type { Translator } from "../text/translator.ts";
import { Clip, Cross, Plane } from "./icons.tsx";
import type { Part } from "./part.ts";

/** fileError says why a file cannot be sent, before it is uploaded. */
export function fileError(f: { name: string; type: string; size: number }, limits: Settings["files"], t: Translator): string | null {
  const name = f.name.toLowerCase();
  if (
    limits.blocked?.some((b) =>
      b.startsWith(".") ? name.endsWith(b) : b.endsWith("/*") ? f.type.startsWith(b.slice(0, -1)) : b === f.type,
    )
  )
    return t.text("not_taken", { name: f.name });
  if (f.size > limits.max_bytes) return t.text("too_big", { name: f.name, size: t.size(limits.max_bytes) });
  return null;
}

const draftName = (key: string) => `switchboard:${key}:draft`;

/** Composer is where the visitor writes. What they typed survives a reload. */
export function Composer({ chat, t }: Part) {
  const { files: limits, limits: size, key } = chat.settings;
  const [text, setText] = useState(() => tabStorage.get(draftName(key)) ?? "");
  const [files, setFiles] = useState<File[]>([]);
  const [refused, setRefused] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const input = useRef<HTMLTextAreaElement>(null);
  const tooLong = text.trim().length - size.max_text; // in UTF-16 code units, as the server counts what is sent

  useEffect(() => {
    tabStorage.set(draftName(key), text);
    const area = input.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${String(Math.min(area.scrollHeight, 140))}px`;
  }, [text, key]);

  const take = (list: Iterable<File> | null | undefined) => {
    const more = [...(list ?? [])];
    if (!more.length || !limits.allowed) return;
    const wrong = more.map((f) => fileError(f, limits, t)).find((r) => r !== null);
    const room = size.max_attachments - files.length;
    const good = more.filter((f) => !fileError(f, limits, t));
    setRefused(wrong ?? (good.length > room ? t.text("too_many", { n: size.max_attachments }) : null));
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
      {over && <p part="drop">{t.text("drop")}</p>}
      {(refused ?? tooLong > 0) && (
        <p part="wrong" role="alert">
          {refused ?? t.text("too_long", { n: tooLong })}
        </p>
      )}
      {files.length > 0 && (
        <ChosenFiles
          files={files}
          t={t}
          drop={(f) => {
            setFiles(files.filter((x) => x !== f));
            input.current?.focus();
          }}
        />
      )}
      <div part="row">
        {limits.allowed && <AttachButton label={t.text("attach")} hint={t.text("attach_hint")} take={take} />}
        <textarea
          part="input text"
          ref={input}
          rows={1}
          value={text}
          dir="auto"
          aria-label={t.text("write")}
          placeholder={t.text("write")}
          onInput={(e) => {
            setText(e.currentTarget.value);
            chat.sendTyping();
          }}
          onPaste={(e) => {
            if (!e.clipboardData?.files.length) return;
            e.preventDefault();
            take([...e.clipboardData.files].map(named));
          }}
          onKeyDown={(e) => {
            if (e.key !== "Enter" || e.shiftKey || isComposing(e)) return;
            e.preventDefault();
            send();
          }}
        />
        <button type="submit" part="icon send" aria-label={t.text("send")} disabled={(!text.trim() && !files.length) || tooLong > 0}>
          <Plane />
        </button>
      </div>
    </form>
  );
}

function AttachButton({ label, hint, take }: { label: string; hint: string; take: (list: FileList | null) => void }) {
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" part="icon" aria-label={label} title={hint} onClick={() => picker.current?.click()}>
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

function ChosenFiles({ files, t, drop }: { files: File[]; t: Translator; drop: (f: File) => void }) {
  return (
    <ul part="chosen">
      {files.map((f) => (
        <li key={f.name + String(f.size)}>
          <Thumbnail f={f} />
          <span dir="auto">{f.name}</span> <small>{t.size(f.size)}</small>
          <button
            type="button"
            part="icon"
            aria-label={t.text("remove", { name: f.name })}
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

/** Thumbnail shows a chosen picture, if the browser can. */
function Thumbnail({ f }: { f: File }) {
  const [url, setURL] = useState("");
  useEffect(() => {
    if (!f.type.startsWith("image/")) return;
    const made = URL.createObjectURL(f);
    setURL(made);
    return () => {
      URL.revokeObjectURL(made);
    };
  }, [f]);
  return url ? (
    <img
      src={url}
      alt=""
      onError={() => {
        setURL("");
      }}
    />
  ) : null;
}

/** named gives a pasted picture a name of its own. */
function named(f: File): File {
  return f.name === "image.png" ? new File([f], `${newID().slice(0, 8)}.png`, { type: f.type }) : f;
}
