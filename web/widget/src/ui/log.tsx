import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { receiptOf } from "../core/messages.ts";
import type { Pending, PendingFile } from "../core/outbox.ts";
import type { Attachment, Message } from "../types.ts";
import { Down, Page } from "./icons.tsx";
import type { Part } from "./part.ts";
import { isStaffed } from "./staffed.ts";

/** Log shows the thread: messages, pending messages, and the state of the chat. */
export function Log({ chat, t }: Part) {
  const box = useRef<HTMLDivElement>(null);
  const [below, setBelow] = useState(true);
  const { messages, pending } = chat;
  const last = `${messages.at(-1)?.id ?? ""}${pending.at(-1)?.client_id ?? ""}${chat.typing ?? ""}`;
  useFollow(box, last, messages[0]?.id, below);

  const scrolled = () => {
    const b = box.current;
    if (!b) return;
    setBelow(b.scrollHeight - b.scrollTop - b.clientHeight < 60);
    if (b.scrollTop < 40) void chat.loadEarlier();
  };
  return (
    <div part="history">
      <div part="log" role="log" aria-label={t.text("messages")} tabIndex={0} ref={box} onScroll={scrolled}>
        {chat.more && (
          <button type="button" part="button" onClick={() => void chat.loadEarlier()}>
            {t.text("earlier")}
          </button>
        )}
        <Greeting chat={chat} t={t} />
        {messages.map((m, i) => (
          <Entry key={m.id} m={m} before={messages[i - 1]} chat={chat} t={t} />
        ))}
        {pending.map((p) => (
          <PendingMessage key={p.client_id} p={p} chat={chat} t={t} />
        ))}
        <Buttons chat={chat} />
        <QueuePosition chat={chat} t={t} />
      </div>
      <p part="typing" role="status">
        {chat.typing !== null && <>{t.text("typing", { name: chat.typing || t.text("somebody") })}</>}
      </p>
      {!below && (
        <button
          type="button"
          part="icon newest"
          aria-label={t.text("newest")}
          onClick={() => {
            box.current?.scrollTo({ top: box.current.scrollHeight });
          }}
        >
          <Down />
        </button>
      )}
    </div>
  );
}

/** useFollow keeps the latest message in view, or the reading position if the visitor has scrolled up. */
function useFollow(box: { current: HTMLDivElement | null }, last: string, first: string | undefined, below: boolean): void {
  const height = useRef(0);
  const top = useRef(first);
  useLayoutEffect(() => {
    const b = box.current;
    if (!b) return;
    if (top.current !== first && height.current && !below) b.scrollTop += b.scrollHeight - height.current;
    else if (below) b.scrollTop = b.scrollHeight;
    top.current = first;
    height.current = b.scrollHeight;
  }, [last, first, below, box]);
  useEffect(() => {
    const b = box.current;
    if (!b || typeof ResizeObserver === "undefined") return;
    const seen = new ResizeObserver(() => {
      if (below) b.scrollTop = b.scrollHeight;
    });
    seen.observe(b);
    const loaded = () => {
      if (below) b.scrollTop = b.scrollHeight;
    };
    b.addEventListener("load", loaded, true); // pictures
    return () => {
      seen.disconnect();
      b.removeEventListener("load", loaded, true);
    };
  }, [below, box]);
}

function Greeting({ chat, t }: Part) {
  if (chat.more) return null;
  const live = chat.settings.style === "live";
  const waits = live && chat.thread?.state === "waiting" && !chat.ended; // then Place says it
  const text = live
    ? isStaffed(chat) || waits || chat.messages.length
      ? "hello_live"
      : "nobody"
    : isStaffed(chat)
      ? "hello_persistent"
      : "later";
  const { open, opens_at } = chat.thread ?? chat.settings;
  return (
    <p part="hello">
      {t.text(text)} {text === "later" && !open && opens_at && t.text("opens", { time: t.moment(opens_at) })}
    </p>
  );
}

function Entry({ m, before, chat, t }: Part & { m: Message; before: Message | undefined }) {
  const day = t.day(m.at);
  const newDay = !before || t.day(before.at) !== day;
  const first = newDay || before.from !== m.from || before.agent?.name !== m.agent?.name;
  return (
    <>
      {newDay && chat.settings.style === "persistent" && <p part="day">{day}</p>}
      {m.from === "system" ? (
        <p part="system" dir="auto">
          {m.text}
        </p>
      ) : (
        <Bubble
          from={m.from}
          who={first ? (m.from === "visitor" ? t.text("you") : (m.agent?.name ?? "")) : ""}
          foot={<MessageFooter m={m} chat={chat} t={t} />}
        >
          {m.redacted ? (
            <em>{t.text("redacted")}</em>
          ) : (
            <>
              {m.text && <p dir="auto">{links(m.text)}</p>}
              {m.attachments?.map((a) => (
                <AttachmentLink key={a.id} a={a} t={t} />
              ))}
            </>
          )}
        </Bubble>
      )}
    </>
  );
}

function Bubble({ from, who, foot, children }: { from: string; who: string; foot: ComponentChildren; children: ComponentChildren }) {
  return (
    <div part={`message ${from}`}>
      {who && <span part={from === "visitor" ? "who hidden" : "who"}>{who}</span>}
      <div part={`bubble ${from}-bubble`}>{children}</div>
      <span part="foot-line">{foot}</span>
    </div>
  );
}

/** MessageFooter shows the time, and the status of the visitor's last message. */
function MessageFooter({ m, chat, t }: Part & { m: Message }) {
  // A system message after it is no reply yet.
  const last = m.from === "visitor" && m === chat.messages.findLast((x) => x.from !== "system") && !chat.pending.length;
  return (
    <>
      {t.time(m.at)}
      {last && (
        <>
          {" · "}
          <span part="mark">{t.text(receiptOf(m, chat.thread))}</span>
        </>
      )}
    </>
  );
}

/** shown are the image types that every browser draws. Others, such as HEIC, are links unless the server has made a preview. */
const shown = /^image\/(png|jpeg|gif|webp|avif)/;

function AttachmentLink({ a, t }: { a: Attachment; t: Part["t"] }) {
  const [broken, setBroken] = useState(false);
  const url = a.preview_url ?? (shown.test(a.content_type) ? a.url : null);
  const picture = a.content_type.startsWith("image/") && url && !broken;
  return (
    <a part={picture ? "picture" : "file"} href={a.url ?? undefined} target="_blank" rel="noopener noreferrer">
      {picture ? (
        <img
          src={url}
          alt={t.text("picture", { name: a.name })}
          onError={() => {
            setBroken(true);
          }}
        />
      ) : (
        <>
          <Page /> <span dir="auto">{t.text("file", { name: a.name, size: t.size(a.size) })}</span>
        </>
      )}
    </a>
  );
}

function PendingMessage({ p, chat, t }: Part & { p: Pending }) {
  const foot = p.refused ? (
    <span part="wrong" role="alert">
      {t.text("not_sent")} {refusalText(p.refused, t)}{" "}
      <button
        type="button"
        part="link"
        onClick={() => {
          chat.outbox.retry(p);
        }}
      >
        {t.text("retry")}
      </button>{" "}
      <button
        type="button"
        part="link"
        onClick={() => {
          chat.outbox.discard(p);
        }}
      >
        {t.text("discard")}
      </button>
    </span>
  ) : (
    t.text("sending")
  );
  return (
    <Bubble from="visitor" who="" foot={foot}>
      {p.text && <p dir="auto">{p.text}</p>}
      {p.files.map((f) => (
        <PendingFileView key={f.id} f={f} chat={chat} t={t} />
      ))}
    </Bubble>
  );
}

function refusalText(code: string, t: Part["t"]): string {
  if (code === "closed") return t.text("closed") + ".";
  if (code === "ended") return t.text("ended");
  if (code === "write_first") return t.text("write_first");
  return code === "too_many_requests" ? t.text("too_fast") : "";
}

function PendingFileView({ f, chat, t }: Part & { f: PendingFile }) {
  const [url, setURL] = useState<string | null>(null);
  useEffect(() => {
    if (!f.type.startsWith("image/")) return;
    let made: string | undefined;
    void chat.outbox.preview(f.id).then((blob) => {
      if (blob) setURL((made = URL.createObjectURL(blob)));
    });
    return () => {
      if (made) URL.revokeObjectURL(made);
    };
  }, [f.id, f.type, chat]);
  const broken = () => {
    setURL(null);
  };
  if (url) return <img part="preview" src={url} alt={t.text("picture", { name: f.name })} onError={broken} />;
  return <span part="file">{f.name}</span>;
}

function Buttons({ chat }: { chat: Part["chat"] }) {
  const offered = chat.buttons;
  if (!offered.length || chat.ended) return null;
  return (
    <div part="buttons" role="group">
      {offered.map((b) => (
        <button key={b.value} type="button" part="button quick" dir="auto" onClick={() => void chat.send(b.title, [], b)}>
          {b.title}
        </button>
      ))}
    </div>
  );
}

/** QueuePosition shows the visitor's position in the queue, and whether anybody is available. */
function QueuePosition({ chat, t }: Part) {
  const { thread } = chat;
  if (thread?.state !== "waiting" || chat.ended) return null;
  const wait = isStaffed(chat) ? thread.queue?.wait : null;
  if (chat.settings.style !== "live")
    return wait ? (
      <p part="place" role="status">
        {t.usually(wait)}
      </p>
    ) : null;
  const ahead = thread.queue?.ahead ?? 0;
  return (
    <p part="place" role="status">
      {t.text(isStaffed(chat) ? "waiting" : "nobody")} {ahead > 0 ? t.count("ahead", ahead) : t.text("next")} {wait ? t.wait(wait) : ""}
    </p>
  );
}

/** links turns URLs into links. */
export function links(text: string): ComponentChildren[] {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>"'.,;:!?)\]])/).map((piece, i) =>
    i % 2 ? (
      <a key={i} href={piece} target="_blank" rel="noopener noreferrer nofollow">
        {piece}
      </a>
    ) : (
      piece
    ),
  );
}
