// A cursor is a place in the server's event log: "<transaction>-<id>".

/** isAhead tells whether cursor a is newer than b. */
export function isAhead(a: string, b: string | undefined): boolean {
  if (b === undefined) return true;
  const [ax, ai] = parts(a);
  const [bx, bi] = parts(b);
  return ax === bx ? ai > bi : ax > bx;
}

function parts(cursor: string): [bigint, bigint] {
  const dash = cursor.indexOf("-");
  return [BigInt(cursor.slice(0, dash)), BigInt(cursor.slice(dash + 1))];
}
