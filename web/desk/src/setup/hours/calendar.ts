import type { Hours } from "../lists";
import type { Values } from "../form/fields";

type Calendar = Hours["calendar"];
type HoursEvent = Calendar["events"][number];
export type Weekday = HoursEvent["weekdays"][number];

export const weekdays: { day: Weekday; label: string }[] = [
  { day: "mon", label: "Monday" },
  { day: "tue", label: "Tuesday" },
  { day: "wed", label: "Wednesday" },
  { day: "thu", label: "Thursday" },
  { day: "fri", label: "Friday" },
  { day: "sat", label: "Saturday" },
  { day: "sun", label: "Sunday" },
];

const span = /^(([01]\d|2[0-3]):[0-5]\d)\s*[-–]\s*(([01]\d|2[0-3]):[0-5]\d)$/;
const allDay = "all day";

/** checkDay says what is wrong with a day's hours as they are typed: 08:00-12:00, 13:00-17:00. */
export function checkDay(typed: string): string | undefined {
  const good = typed.split(",").every((part) => part.trim().toLowerCase() === allDay || span.test(part.trim()));
  return good ? undefined : "Write 08:00-17:00, several with commas, or all day.";
}

const line = /^(\d{4}-\d{2}-\d{2})\s+(\S.*)$/;

/** checkHoliday says what is wrong with a holiday: 2027-12-25 Christmas. */
export const checkHoliday = (typed: string): string | undefined =>
  line.test(typed) ? undefined : `“${typed}” is not a holiday. Write 2027-12-25 Christmas.`;

/** isWeekly tells whether an event is the same every week, which the form can show. */
const isWeekly = (e: HoursEvent): boolean => !e.from && !e.until && (e.every_weeks ?? 1) <= 1;

const isPlain = (h: Calendar["holidays"][number]): boolean => !h.until && !h.yearly;

/** beyondForm tells whether a calendar has parts that the form does not show. They are kept. */
export const beyondForm = (c: Calendar): boolean =>
  c.exceptions.length > 0 || c.events.some((e) => !isWeekly(e)) || c.holidays.some((h) => !isPlain(h));

/** daysOf are a calendar's weekly hours and holidays as they are typed. */
export function daysOf(c: Calendar): Values {
  const out: Values = {};
  for (const { day } of weekdays) {
    const spans = c.events.filter((e) => isWeekly(e) && e.weekdays.includes(day));
    out[day] = spans.map((e) => (e.all_day ? allDay : `${e.start ?? ""}-${e.end ?? ""}`)).join(", ");
  }
  out["holidays"] = c.holidays.filter(isPlain).map((h) => `${h.date} ${h.reason}`);
  return out;
}

/** calendarOf is the calendar that was typed, with what the form does not show of the one before. */
export function calendarOf(now: Values, before?: Calendar): Calendar {
  const events = new Map<string, HoursEvent>();
  for (const { day } of weekdays) {
    for (const part of String(now[day] ?? "").split(",")) {
      const text = part.trim().toLowerCase();
      const [, start, , end] = span.exec(text) ?? [];
      if (text !== allDay && !start) continue;
      const found = events.get(text);
      if (found) found.weekdays.push(day);
      else events.set(text, text === allDay ? { weekdays: [day], all_day: true } : { weekdays: [day], start, end });
    }
  }
  const holidays = (now["holidays"] as string[]).flatMap((typed) => {
    const [, date, reason] = line.exec(typed) ?? [];
    return date && reason ? [{ date, reason }] : [];
  });
  return {
    events: [...events.values(), ...(before?.events.filter((e) => !isWeekly(e)) ?? [])],
    exceptions: before?.exceptions ?? [],
    holidays: [...holidays, ...(before?.holidays.filter((h) => !isPlain(h)) ?? [])],
  };
}
