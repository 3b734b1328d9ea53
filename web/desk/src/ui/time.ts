import { useSyncExternalStore } from "react";

import { cell } from "../state/state";

// One clock drives every timer on the page.
const now = cell("clock.now", () => Date.now());
const tick = cell<{ listeners: number; timer?: ReturnType<typeof setInterval> }>(
  "clock.tick",
  () => ({ listeners: 0 }),
  (t) => clearInterval(t.timer),
);

/** subscribe keeps the clock running while something reads it. */
function subscribe(listener: () => void): () => void {
  const t = tick.get();
  if (!t.timer) now.set(Date.now());
  const unsubscribe = now.subscribe(listener);
  t.listeners++;
  t.timer ??= setInterval(() => now.set(Date.now()), 1000);
  return () => {
    unsubscribe();
    if (--t.listeners > 0) return;
    clearInterval(t.timer);
    t.timer = undefined;
  };
}

/** useNow returns the current time, rounded down to step seconds. */
export function useNow(step = 1): number {
  const floor = () => Math.floor(now.get() / (step * 1000)) * step * 1000;
  return useSyncExternalStore(subscribe, floor);
}

/** formatDuration formats a duration for reading: "3 h 12 m". */
export function formatDuration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 60) return `${s} s`;
  const m = Math.floor(s / 60);
  if (m < 60) return `${m} m`;
  const h = Math.floor(m / 60);
  if (h < 48) return m % 60 ? `${h} h ${m % 60} m` : `${h} h`;
  return `${Math.floor(h / 24)} d`;
}

/** formatClock formats a duration as a stopwatch: "03:12". */
export function formatClock(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const pad = (n: number) => String(n).padStart(2, "0");
  const h = Math.floor(s / 3600);
  return (h ? `${h}:` : "") + `${pad(Math.floor(s / 60) % 60)}:${pad(s % 60)}`;
}

const time = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const formatTime = (at: string): string => time.format(new Date(at));
export const formatDateTime = (at: string): string => full.format(new Date(at));
export const formatDay = (at: string): string =>
  new Date(at).getFullYear() === new Date().getFullYear() ? day.format(new Date(at)) : date.format(new Date(at));
export const formatDate = (at: string): string => date.format(new Date(at));
export const dayKey = (at: string): string => new Date(at).toDateString();

/** formatShort formats the time for today, else the date. */
export function formatShort(at: string): string {
  const d = new Date(at);
  if (d.toDateString() === new Date().toDateString()) return time.format(d);
  return new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" }).format(d);
}

const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** formatBytes formats a file size. A limit of 5 MiB reads 5 MB, as in file managers and the widget. */
export function formatBytes(bytes: number): string {
  let n = bytes;
  let i = 0;
  while (n >= 1000 && i < units.length - 1) {
    n /= 1024;
    i++;
  }
  return new Intl.NumberFormat(undefined, {
    style: "unit",
    unit: units[i],
    unitDisplay: "short",
    maximumFractionDigits: n < 10 ? 1 : 0,
  }).format(n);
}
