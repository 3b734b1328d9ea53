/** json is JSON.stringify that ignores a toJSON which libraries such as Prototype.js add to arrays or objects. */
export const json = (value: unknown): string => JSON.stringify(plain(value));

function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const copy = Array.isArray(value) ? [] : {};
  Object.defineProperty(copy, "toJSON", {}); // hides the page's
  for (const [name, part] of Object.entries(value)) Object.defineProperty(copy, name, { value: plain(part), enumerable: true });
  return copy;
}
