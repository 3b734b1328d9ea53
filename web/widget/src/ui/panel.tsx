import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Chat } from "../core/chat.ts";
import type { Translator } from "../text/translator.ts";
import { Composer } from "./composer.tsx";
import { Cross, Dots } from "./icons.tsx";
import { isComposing } from "../../../shared/composition.ts";
import { Log } from "./log.tsx";
import type { Part } from "./part.ts";

/** Panel is the open chat, a dialog that does not block the page. */
export function Panel({ chat, t, close }: Part & { close: () => void }) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    const at = panel.current?.querySelector<HTMLElement>("textarea, input:not([hidden]), select, [data-first]") ?? panel.current;
    at?.focus();
  }, [chat.view, chat.ended]);
  useSound(chat);
  const keys = (e: KeyboardEvent) => {
    if (isComposing(e)) return;
    if (e.key === "Escape") close();
    else if (e.key === "/" && e.ctrlKey) panel.current?.querySelector("textarea")?.focus();
    else return;
    e.preventDefault();
    e.stopPropagation();
  };
  return (
    <section part="panel" role="dialog" aria-label={title(chat, t)} tabIndex={-1} ref={panel} onKeyDown={keys} lang={t.language}>
      <Header chat={chat} t={t} close={close} />
      {chat.refusal && (
        <p part="notice" role="alert">
          {t.text("went_wrong")}
        </p>
      )}
      {!chat.online && (
        <p part="notice" role="status">
          {t.text(navigator.onLine ? "reconnecting" : "offline")}
        </p>
      )}
      <Body chat={chat} t={t} />
    </section>
  );
}

function title({ shared }: Chat, t: Translator): string {
  return shared.options.title ?? (shared.settings.appearance.title || t.text("title"));
}

function Header({ chat, t, close }: Part & { close: () => void }) {
  const { appearance } = chat.settings;
  const agent = chat.thread && !chat.ended ? chat.thread.agent : null;
  const subtitle = agent?.name ?? (appearance.subtitle || t.text("subtitle"));
  return (
    <header part="header">
      {appearance.logo_url && <img part="logo" src={appearance.logo_url} alt="" />}
      <div part="titles">
        <h2 part="title">{title(chat, t)}</h2>
        {subtitle && <p part="subtitle">{subtitle}</p>}
      </div>
      <Menu chat={chat} t={t} />
      <button type="button" part="icon" aria-label={t.text("close_chat")} onClick={close}>
        <Cross />
      </button>
    </header>
  );
}

function Menu({ chat, t }: Part) {
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
        aria-label={t.text("more")}
        aria-expanded={open}
        onClick={() => {
          setOpen(!open);
        }}
      >
        <Dots />
      </button>
      {open && (
        <div part="choices">
          {download && <Transcript chat={chat} t={t} />}
          {end && (
            <button type="button" part="choice" onClick={() => (chat.confirmEnd(), setOpen(false))}>
              {t.text("end")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}

function Transcript({ chat, t }: Part) {
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
      {t.text("transcript")}
    </button>
  );
}

function Body({ chat, t }: Part) {
  const { appearance, opens_at } = chat.settings;
  switch (chat.view) {
    case "loading":
      return <Loading t={t} />;
    case "closed":
      return (
        <div part="page" data-first tabIndex={-1}>
          <h3>{appearance.offline_title || t.text("closed")}</h3>
          {appearance.offline_subtitle && <p>{appearance.offline_subtitle}</p>}
          {opens_at && <p>{t.text("opens", { time: t.moment(opens_at) })}</p>}
        </div>
      );
    case "sign-in":
      return (
        <div part="page" data-first tabIndex={-1}>
          <p>{t.text("sign_in")}</p>
        </div>
      );
    case "resume":
      return (
        <div part="page">
          <h3>{t.text("welcome_back")}</h3>
          <p>{t.text("still_open")}</p>
          <ActionButton main first text={t.text("continue")} act={() => chat.enter()} />
          <ActionButton text={t.text("again")} act={() => chat.restart()} />
        </div>
      );
    case "survey":
      return <SurveyWhenLoaded chat={chat} t={t} />;
    case "chat":
      return (
        <>
          <Log chat={chat} t={t} />
          {chat.ended ? (
            <EndedNotice chat={chat} t={t} />
          ) : chat.confirming ? (
            <EndConfirmation chat={chat} t={t} />
          ) : (
            <Composer chat={chat} t={t} />
          )}
        </>
      );
  }
}

function Loading({ t }: { t: Translator }) {
  return (
    <div part="page" role="status">
      <p>{t.text("loading")}</p>
    </div>
  );
}

/** SurveyWhenLoaded loads the survey, which few visitors see. */
function SurveyWhenLoaded({ chat, t }: Part) {
  const [Survey, setSurvey] = useState<ComponentType<Part> | null>(null);
  useEffect(() => {
    import("./survey.tsx").then(
      (m) => {
        setSurvey(() => m.Survey);
      },
      (err: unknown) => chat.showError(err),
    );
  }, [chat]);
  return Survey ? <Survey chat={chat} t={t} /> : <Loading t={t} />;
}

function ActionButton({ text, act, main, first }: { text: string; act: () => unknown; main?: boolean; first?: boolean }) {
  return (
    <button type="button" part={main ? "button main" : "button"} data-first={first} onClick={() => void act()}>
      {text}
    </button>
  );
}

function EndedNotice({ chat, t }: Part) {
  return (
    <div part="foot">
      <p role="status">{t.text("ended")}</p>
      <ActionButton main first text={t.text("again")} act={() => chat.restart()} />
      {chat.settings.transcript && <Transcript chat={chat} t={t} />}
    </div>
  );
}

function EndConfirmation({ chat, t }: Part) {
  return (
    <div part="foot" role="group" aria-label={t.text("end_sure")}>
      <p>{t.text("end_sure")}</p>
      <ActionButton main first text={t.text("yes_end")} act={() => chat.end()} />
      <ActionButton text={t.text("no")} act={() => chat.confirmEnd(false)} />
    </div>
  );
}

/** useSound beeps on messages while the page does not have the focus. */
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
