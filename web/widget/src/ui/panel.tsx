import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../core/chat.ts";
import type { Words } from "../text/words.ts";
import { Composer } from "./composer.tsx";
import { Cross, Dots } from "./icons.tsx";
import { composing } from "./keys.ts";
import { Log } from "./log.tsx";
import type { Part } from "./part.ts";
import { Survey } from "./survey.tsx";

/** Panel is the open chat. It is a dialog that leaves the page usable. */
export function Panel({ chat, words, close }: Part & { close: () => void }) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const at = panel.current?.querySelector<HTMLElement>("textarea, input:not([hidden]), select, [data-first]") ?? panel.current;
    at?.focus();
  }, [chat.view, chat.ended]);
  useSound(chat);
  const keys = (e: KeyboardEvent) => {
    if (composing(e)) return;
    if (e.key === "Escape") close();
    else if (e.key === "/" && e.ctrlKey) panel.current?.querySelector("textarea")?.focus();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <section part="panel" role="dialog" aria-label={title(chat, words)} tabIndex={-1} ref={panel} onKeyDown={keys} lang={words.language}>
      <Head chat={chat} words={words} close={close} />
      {chat.refusal && (
        <p part="notice" role="alert">
          {words.say("went_wrong")}
        </p>
      )}
      {!chat.online && (
        <p part="notice" role="status">
          {words.say(navigator.onLine ? "reconnecting" : "offline")}
        </p>
      )}
      <Body chat={chat} words={words} />
    </section>
  );
}

function title({ shared }: Chat, words: Words): string {
  return shared.options.title ?? (shared.settings.appearance.title || words.say("title"));
}

function Head({ chat, words, close }: Part & { close: () => void }) {
  const { appearance } = chat.settings;
  const agent = chat.thread && !chat.ended ? chat.thread.agent : null;
  const subtitle = agent?.name ?? (appearance.subtitle || words.say("subtitle"));
  return (
    <header part="header">
      {appearance.logo_url && <img part="logo" src={appearance.logo_url} alt="" />}
      <div part="titles">
        <h2 part="title">{title(chat, words)}</h2>
        {subtitle && <p part="subtitle">{subtitle}</p>}
      </div>
      <Menu chat={chat} words={words} />
      <button type="button" part="icon" aria-label={words.say("close_chat")} onClick={close}>
        <Cross />
      </button>
    </header>
  );
}

function Menu({ chat, words }: Part) {
  const [open, setOpen] = useState(false);
  const { thread, settings } = chat;
  const download = settings.transcript && chat.view === "chat" && chat.messages.length > 0;
  const end = thread?.can_end && !chat.ended && chat.view === "chat";
  if (!download && !end) return null;
  return (
    <div
      part="menu"
      onFocusOut={(e) => {
        if (!e.currentTarget.contains(e.relatedTarget as Node | null)) setOpen(false);
      }}
      onKeyDown={(e) => {
        if (e.key !== "Escape" || !open) return;
        e.stopPropagation();
        setOpen(false);
        e.currentTarget.querySelector("button")?.focus();
      }}
    >
      <button
        type="button"
        part="icon"
        aria-label={words.say("more")}
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <Dots />
      </button>
      {open && (
        <div part="choices">
          {download && <Transcript chat={chat} words={words} />}
          {end && (
            <button type="button" part="choice" onClick={() => (chat.ask(), setOpen(false))}>
              {words.say("end")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Transcript({ chat, words }: Part) {
  const save = async () => {
    const a = document.createElement("a");
    a.href = URL.createObjectURL(await chat.transcript());
    a.download = "chat.txt";
    a.click();
    setTimeout(() => {
      URL.revokeObjectURL(a.href);
    }, 60_000);
  };
  return (
    <button type="button" part="choice" onClick={() => void save()}>
      {words.say("transcript")}
    </button>
  );
}

function Body({ chat, words }: Part) {
  const { appearance, opens_at } = chat.settings;
  switch (chat.view) {
    case "loading":
      return (
        <div part="page" role="status">
          <p>{words.say("loading")}</p>
        </div>
      );
    case "closed":
      return (
        <div part="page" data-first tabIndex={-1}>
          <h3>{appearance.offline_title || words.say("closed")}</h3>
          {appearance.offline_subtitle && <p>{appearance.offline_subtitle}</p>}
          {opens_at && <p>{words.say("opens", { time: words.moment(opens_at) })}</p>}
        </div>
      );
    case "sign-in":
      return (
        <div part="page" data-first tabIndex={-1}>
          <p>{words.say("sign_in")}</p>
        </div>
      );
    case "resume":
      return (
        <div part="page">
          <h3>{words.say("welcome_back")}</h3>
          <p>{words.say("still_open")}</p>
          <Go main first text={words.say("continue")} act={() => chat.proceed()} />
          <Go text={words.say("again")} act={() => chat.again()} />
        </div>
      );
    case "survey":
      return <Survey chat={chat} words={words} />;
    case "chat":
      return (
        <>
          <Log chat={chat} words={words} />
          {chat.ended ? (
            <Ended chat={chat} words={words} />
          ) : chat.asking ? (
            <Sure chat={chat} words={words} />
          ) : (
            <Composer chat={chat} words={words} />
          )}
        </>
      );
  }
}

function Go({ text, act, main, first }: { text: string; act: () => unknown; main?: boolean; first?: boolean }) {
  return (
    <button type="button" part={main ? "button main" : "button"} data-first={first} onClick={() => void act()}>
      {text}
    </button>
  );
}

function Ended({ chat, words }: Part) {
  return (
    <div part="foot">
      <p role="status">{words.say("ended")}</p>
      <Go main first text={words.say("again")} act={() => chat.again()} />
      {chat.settings.transcript && <Transcript chat={chat} words={words} />}
    </div>
  );
}

function Sure({ chat, words }: Part) {
  return (
    <div part="foot" role="group" aria-label={words.say("end_sure")}>
      <p>{words.say("end_sure")}</p>
      <Go main first text={words.say("yes_end")} act={() => chat.end()} />
      <Go text={words.say("no")} act={() => chat.ask(false)} />
    </div>
  );
}

/** useSound beeps softly for what is said while the visitor looks elsewhere. */
function useSound(chat: Chat): void {
  useEffect(() => {
    if (!chat.settings.sound) return;
    const beep = () => {
      if (document.hasFocus()) return;
      try {
        const audio = new AudioContext();
        const tone = audio.createOscillator();
        const volume = audio.createGain();
        tone.connect(volume).connect(audio.destination);
        tone.frequency.value = 660;
        volume.gain.setValueAtTime(0.08, audio.currentTime);
        volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.3);
        tone.start();
        tone.stop(audio.currentTime + 0.3);
        tone.onended = () => void audio.close();
      } catch {
        // no sound then
      }
    };
    addEventListener("switchboard:message", beep);
    return () => {
      removeEventListener("switchboard:message", beep);
    };
  }, [chat]);
}
