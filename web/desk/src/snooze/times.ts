/** Choice is a moment to snooze until, with its name. */
export interface Choice {
  label: string;
  at: Date;
}

const morning = 9;
const evening = 18;

/** quickTimes are the usual moments from now on, in the zone of whoever chooses. */
export function quickTimes(now: Date): Choice[] {
  const on = (days: number, hour: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour);
  const toMonday = (8 - now.getDay()) % 7 || 7;
  const choices = [
    { label: "In 1 hour", at: new Date(now.getTime() + 3_600_000) },
    { label: "In 3 hours", at: new Date(now.getTime() + 3 * 3_600_000) },
    { label: "This evening", at: on(0, evening) },
    { label: "Tomorrow morning", at: on(1, morning) },
    { label: "Next Monday", at: on(toMonday, morning) },
    { label: "In a week", at: on(7, morning) },
  ];
  const known = new Set<number>();
  return choices.filter(({ label, at }) => {
    if (label === "This evening" && at.getTime() - now.getTime() < 3_600_000) return false;
    if (known.has(at.getTime())) return false;
    known.add(at.getTime());
    return true;
  });
}

/** localInput is a moment as the browser's own field for date and time has it. */
export function localInput(at: Date): string {
  const pad = (n: number) => String(n).padStart(2, "0");
  return `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
