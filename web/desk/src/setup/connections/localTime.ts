/** localOf is a time as a field of type datetime-local holds it, in the browser's time zone. */
export function localOf(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
