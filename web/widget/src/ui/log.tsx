import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { seen } from "../core/messages.ts";
import type { Pending, PendingFile } from "../core/outbox.ts";
import type { Attachment, Message } from "../types.ts";
import { Down, Page } from "./icons.tsx";
import type { Part } from "./part.ts";
import { there } from "./there.ts";

/** Log is the thread: what was said, what waits to be sent, and what goes on. */
export function Log({ chat, words }: Part) {
  const box = useRef<HTMLDivElement>(null);
  const [below, setBelow] = useState(true);
  const { messages, pending } = chat;
  const last = `${messages.at(-1)?.id ?? ""}${pending.at(-1)?.client_id ?? ""}${chat.typing ?? ""}`;
  useFollow(box, last, messages[0]?.id, below);

  const scrolled = () => {
    const b = box.current;
    if (!b) return;
    setBelow(b.scrollHeight - b.scrollTop - b.clientHeight < 60);
    if (b.scrollTop < 40) void chat.earlier();
  };
  return (
    <div part="history">
      <div part="log" role="log" aria-label={words.say("messages")} tabIndex={0} ref={box} onScroll={scrolled}>
        {chat.more && (
          <button type="button" part="button" onClick={() => void chat.earlier()}>
            {words.say("earlier")}
          </button>
        )}
        <Hello chat={chat} words={words} />
        {messages.map((m, i) => (
          <Entry key={m.id} m={m} before={messages[i - 1]} chat={chat} words={words} />
        ))}
        {pending.map((p) => (
          <Waiting key={p.client_id} p={p} chat={chat} words={words} />
        ))}
        <Buttons chat={chat} />
        <Place chat={chat} words={words} />
      </div>
      <p part="typing" role="status">
        {chat.typing !== null && <>{words.say("typing", { name: chat.typing || words.say("somebody") })}</>}
      </p>
      {!below && (
        <button
          type="button"
          part="icon newest"
          aria-label={words.say("newest")}
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

/** useFollow keeps the newest in sight for who is there, and the place of who reads above. */
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

function Hello({ chat, words }: Part) {
  if (chat.more) return null;
  const live = chat.settings.style === "live";
  const waits = live && chat.thread?.state === "waiting" && !chat.ended; // then Place says it
  const text = live ? (there(chat) || waits || chat.messages.length ? "hello_live" : "nobody") : there(chat) ? "hello_persistent" : "later";
  return <p part="hello">{words.say(text)}</p>;
}

function Entry({ m, before, chat, words }: Part & { m: Message; before: Message | undefined }) {
  const day = words.day(m.at);
  const newDay = !before || words.day(before.at) !== day;
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
          who={first ? (m.from === "visitor" ? words.say("you") : (m.agent?.name ?? "")) : ""}
          foot={<Foot m={m} chat={chat} words={words} />}
        >
          {m.redacted ? (
            <em>{words.say("redacted")}</em>
          ) : (
            <>
              {m.text && <p dir="auto">{links(m.text)}</p>}
              {m.attachments?.map((a) => (
                <Attached key={a.id} a={a} words={words} />
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

/** Foot says when it was said, and how far the visitor's last message came. */
function Foot({ m, chat, words }: Part & { m: Message }) {
  // A notice of the system after it is no answer yet.
  const last = m.from === "visitor" && m === chat.messages.findLast((x) => x.from !== "system") && !chat.pending.length;
  return (
    <>
      {words.time(m.at)}
      {last && (
        <>
          {" · "}
          <span part="mark">{words.say(seen(m, chat.thread))}</span>
        </>
      )}
    </>
  );
}

/** shown are the pictures that every browser draws; a phone's own, as HEIC, are links unless the server has made a preview. */
const shown = /^image\/(png|jpeg|gif|webp|avif)/;

function Attached({ a, words }: { a: Attachment; words: Part["words"] }) {
  const [broken, setBroken] = useState(false);
  const url = a.preview_url ?? (shown.test(a.content_type) ? a.url : null);
  const picture = a.content_type.startsWith("image/") && url && !broken;
  return (
    <a part={picture ? "picture" : "file"} href={a.url ?? undefined} target="_blank" rel="noopener noreferrer">
      {picture ? (
        <img
          src={url}
          alt={words.say("picture", { name: a.name })}
          onError={() => {
            setBroken(true);
          }}
        />
      ) : (
        <>
          <Page /> <span dir="auto">{words.say("file", { name: a.name, size: words.size(a.size) })}</span>
        </>
      )}
    </a>
  );
}

function Waiting({ p, chat, words }: Part & { p: Pending }) {
  const foot = p.refused ? (
    <span part="wrong" role="alert">
      {words.say("not_sent")} {why(p.refused, words)}{" "}
      <button
        type="button"
        part="link"
        onClick={() => {
          chat.outbox.retry(p);
        }}
      >
        {words.say("retry")}
      </button>{" "}
      <button
        type="button"
        part="link"
        onClick={() => {
          chat.outbox.discard(p);
        }}
      >
        {words.say("discard")}
      </button>
    </span>
  ) : (
    words.say("sending")
  );
  return (
    <Bubble from="visitor" who="" foot={foot}>
      {p.text && <p dir="auto">{p.text}</p>}
      {p.files.map((f) => (
        <Unsent key={f.id} f={f} chat={chat} words={words} />
      ))}
    </Bubble>
  );
}

function why(code: string, words: Part["words"]): string {
  if (code === "closed") return words.say("closed") + ".";
  if (code === "ended") return words.say("ended");
  if (code === "write_first") return words.say("write_first");
  return code === "too_many_requests" ? words.say("too_fast") : "";
}

function Unsent({ f, chat, words }: Part & { f: PendingFile }) {
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
  if (url) return <img part="preview" src={url} alt={words.say("picture", { name: f.name })} onError={broken} />;
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

/** Place is where the visitor stands in the queue, and whether somebody is there who could come. */
function Place({ chat, words }: Part) {
  const { thread } = chat;
  if (chat.settings.style !== "live" || thread?.state !== "waiting" || chat.ended) return null;
  const ahead = thread.queue?.ahead ?? 0;
  const wait = there(chat) ? thread.queue?.wait : null;
  return (
    <p part="place" role="status">
      {words.say(there(chat) ? "waiting" : "nobody")} {ahead > 0 ? words.count("ahead", ahead) : words.say("next")}{" "}
      {wait ? words.wait(wait) : ""}
    </p>
  );
}

/** links makes web addresses clickable. */
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
