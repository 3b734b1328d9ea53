import type { Me } from "../api/types";
import { customerName } from "../conversation/labels";
import { fetchConversation } from "../live/apply";
import type { LiveEvent } from "../live/events";
import { knownConversations } from "../live/store";
import { cell } from "../state/state";
import { prefs } from "../ui/prefs";

const audio = cell<AudioContext | undefined>("alerts.audio", () => undefined);

/** beep plays a sequence of tones, and stays silent where the browser does not allow sound. */
function beep(...tones: number[]): void {
  const ctx = audio.get() ?? new AudioContext();
  audio.set(ctx);
  if (ctx.state === "suspended") void ctx.resume().catch(() => undefined);
  tones.forEach((hz, i) => {
    const at = ctx.currentTime + i * 0.16;
    const tone = ctx.createOscillator();
    const volume = ctx.createGain();
    tone.frequency.value = hz;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.2, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.15);
    tone.connect(volume).connect(ctx.destination);
    tone.start(at);
    tone.stop(at + 0.16);
  });
}

/** alertAgent alerts the agent to offers and messages by sound and, if enabled, a system notification. */
export function alertAgent(events: LiveEvent[], me: Me, leads: boolean): void {
  if (!leads) return; // one tab is enough
  const mine = me.agent?.id;
  const offer = events.find((e) => e.kind === "offer.made" && e.conversation?.offer?.agent_id === mine);
  const message = events.find((e) => e.kind === "message.created" && e.message?.direction === "in" && e.conversation?.agent_id === mine);
  if (!offer && !(message && document.visibilityState === "hidden")) return;
  if (prefs().sound) beep(...(offer ? [660, 880, 660, 880] : [740]));
  if (!prefs().desktop || document.visibilityState === "visible" || !("Notification" in window) || Notification.permission !== "granted")
    return;
  const about = (offer ?? message)?.conversation_id ?? "";
  void notifyOf(about, offer ? "New conversation offered" : "New message");
}

/** notifyOf shows a notification about a conversation. One that was just offered is not loaded yet. */
async function notifyOf(id: string, title: string): Promise<void> {
  const c = knownConversations()[id] ?? (await fetchConversation(id).catch(() => undefined));
  showSystemNotification(title, { body: c && customerName(c), tag: id });
}

/** showSystemNotification shows a notification. Android needs a service worker for that; without one there is only sound. */
export function showSystemNotification(title: string, options: NotificationOptions): void {
  try {
    new Notification(title, options).onclick = () => window.focus();
  } catch {
    void serviceWorker()
      .then((w) => w?.showNotification(title, options))
      .catch(() => undefined);
  }
}

const registration = cell<Promise<ServiceWorkerRegistration> | undefined>("alerts.registration", () => undefined);

/** serviceWorker registers the worker that shows notifications and opens the desk on a tap. Plain http has none. */
function serviceWorker(): Promise<ServiceWorkerRegistration | undefined> {
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  if (!workers) return Promise.resolve(undefined);
  const registered = registration.get() ?? workers.register("/desk/notify.js").then(() => workers.ready);
  registration.set(registered);
  return registered;
}
