import type { components } from "../../../../shared/schema";

type Day = components["schemas"]["CalendarDay"];

/** dateOf is a day as people write it. */
export const dateOf = (date: string, year = false): string =>
  new Intl.DateTimeFormat(undefined, {
    timeZone: "UTC",
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(year && { year: "numeric" }),
  }).format(new Date(`${date}T00:00:00Z`));

/** hoursOn says when it is open on a day: "08:00 to 12:00, 13:00 to 17:00", "Closed: Christmas". */
export function hoursOn(day: Day, zone: string): string {
  const time = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  const why = day.reason ? `: ${day.reason}` : "";
  if (day.open.length === 0) return `${day.why === "holiday" ? "Holiday" : "Closed"}${why}`;
  const spans = day.open.map(({ from, until }) => {
    const [a, b] = [time.format(new Date(from)), time.format(new Date(until))];
    return a === "00:00" && b === "00:00" ? "All day" : `${a} to ${b === "00:00" ? "24:00" : b}`;
  });
  return spans.join(", ") + (day.reason ? ` (${day.reason})` : "");
}

/** clockText says by how much the clocks change. */
export function clockText(minutes: number): string {
  const by = Math.abs(minutes) === 60 ? "an hour" : `${Math.abs(minutes)} minutes`;
  return `Clocks go ${minutes > 0 ? "forward" : "back"} ${by}`;
}
