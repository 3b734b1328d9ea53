import type { Attribute, Kind } from "./attributes";

export type Operator =
  | "is"
  | "isNot"
  | "oneOf"
  | "noneOf"
  | "contains"
  | "containsNot"
  | "startsWith"
  | "endsWith"
  | "empty"
  | "notEmpty"
  | "less"
  | "atMost"
  | "more"
  | "atLeast"
  | "yes"
  | "no";

/** Test asks about one attribute. */
export interface Test {
  path: string;
  operator: Operator;
  values: string[];
}

/** Condition holds when all of its tests do, or any. Without tests it always does. */
export interface Condition {
  join: "and" | "or";
  tests: Test[];
}

/** operators are those of a kind of attribute, with what people call them. */
export const operators: Record<Kind, { value: Operator; label: string }[]> = {
  text: [
    { value: "is", label: "is" },
    { value: "isNot", label: "is not" },
    { value: "oneOf", label: "is one of" },
    { value: "noneOf", label: "is none of" },
    { value: "contains", label: "contains" },
    { value: "containsNot", label: "does not contain" },
    { value: "startsWith", label: "starts with" },
    { value: "endsWith", label: "ends with" },
    { value: "empty", label: "is empty" },
    { value: "notEmpty", label: "is not empty" },
  ],
  number: [
    { value: "is", label: "is" },
    { value: "isNot", label: "is not" },
    { value: "less", label: "is less than" },
    { value: "atMost", label: "is at most" },
    { value: "more", label: "is more than" },
    { value: "atLeast", label: "is at least" },
  ],
  flag: [
    { value: "yes", label: "yes" },
    { value: "no", label: "no" },
  ],
};

export const needsValue = (o: Operator): boolean => !["empty", "notEmpty", "yes", "no"].includes(o);
export const takesMany = (o: Operator): boolean => o === "oneOf" || o === "noneOf";

const symbols: Partial<Record<Operator, string>> = {
  is: "==",
  isNot: "!=",
  less: "<",
  atMost: "<=",
  more: ">",
  atLeast: ">=",
  contains: "contains",
  startsWith: "startsWith",
  endsWith: "endsWith",
};
const operatorOf: Record<string, Operator> = Object.fromEntries(Object.entries(symbols).map(([name, sign]) => [sign, name as Operator]));

/** write is a condition as an expression of the API. */
export const write = (c: Condition, kindOf: (path: string) => Kind): string =>
  c.tests.map((t) => writeTest(t, kindOf(t.path))).join(` ${c.join} `);

function writeTest({ path, operator, values }: Test, kind: Kind): string {
  const literal = (v: string | undefined) => (kind === "number" ? String(Number(v ?? 0)) : JSON.stringify(v ?? ""));
  const list = `[${values.map(literal).join(", ")}]`;
  switch (operator) {
    case "yes":
      return path;
    case "no":
      return `not ${path}`;
    case "empty":
      return `${path} == ""`;
    case "notEmpty":
      return `${path} != ""`;
    case "oneOf":
      return `${path} in ${list}`;
    case "noneOf":
      return `${path} not in ${list}`;
    case "containsNot":
      return `not (${path} contains ${literal(values[0])})`;
    default:
      return `${path} ${symbols[operator] ?? "=="} ${literal(values[0])}`;
  }
}

interface Token {
  kind: "text" | "number" | "word" | "sign";
  value: string;
}

const pattern =
  /\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?)|([A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\["(?:[^"\\]|\\.)*"\])*)|(==|!=|<=|>=|&&|\|\||[<>()[\],!]))/y;

function unquote(source: string): string | undefined {
  const inner = source.slice(1, -1);
  const json = source.startsWith('"') ? source : `"${inner.replaceAll("\\'", "'").replaceAll('"', '\\"')}"`;
  try {
    return JSON.parse(json) as string;
  } catch {
    return undefined; // an escape that only expressions have
  }
}

function tokens(source: string): Token[] | null {
  const out: Token[] = [];
  pattern.lastIndex = 0;
  const end = source.trimEnd().length;
  while (pattern.lastIndex < end) {
    const m = pattern.exec(source);
    if (!m) return null;
    const [, quoted, number, word, sign] = m;
    if (quoted !== undefined) {
      const value = unquote(quoted);
      if (value === undefined) return null;
      out.push({ kind: "text", value });
    } else if (number !== undefined) out.push({ kind: "number", value: number });
    else if (word !== undefined) out.push({ kind: "word", value: word });
    else out.push({ kind: "sign", value: sign ?? "" });
  }
  return out;
}

const words = /^(and|or|not|in|contains|startsWith|endsWith|matches|true|false|nil)$/;

/** read turns an expression into a condition, or null: it is more than tests that are joined in one way. */
export function read(source: string): Condition | null {
  if (source.trim() === "") return { join: "and", tests: [] };
  const list = tokens(source);
  if (!list) return null;
  const reader = new Reader(list);
  const first = reader.test();
  if (!first) return null;
  const tests = [first];
  let join: Condition["join"] | undefined;
  while (!reader.atEnd) {
    const by = reader.take("and", "&&") ? "and" : reader.take("or", "||") ? "or" : null;
    const next = by && reader.test();
    if (!next || (join && join !== by)) return null;
    join = by;
    tests.push(next);
  }
  return { join: join ?? "and", tests };
}

/** normal is a path as the list of attributes writes it. */
const normal = (path: string): string =>
  path.replace(/^context\["([A-Za-z_]\w*)"\]$/, "context.$1").replace(/^skills\.([A-Za-z_]\w*)$/, 'skills["$1"]');

class Reader {
  private at = 0;
  private readonly list: Token[];

  constructor(list: Token[]) {
    this.list = list;
  }

  get atEnd(): boolean {
    return this.at >= this.list.length;
  }

  /** take goes on if the next token is one of these. */
  take(...values: string[]): boolean {
    const next = this.list[this.at];
    if (!next || next.kind === "text" || !values.includes(next.value)) return false;
    this.at++;
    return true;
  }

  test(): Test | null {
    if (this.take("not", "!")) {
      const inParentheses = this.take("(");
      const inner = this.comparison();
      if (!inner || (inParentheses && !this.take(")"))) return null;
      if (inner.operator === "yes") return { ...inner, operator: "no" };
      return inParentheses && inner.operator === "contains" ? { ...inner, operator: "containsNot" } : null;
    }
    return this.comparison();
  }

  private comparison(): Test | null {
    const word = this.list[this.at];
    if (word?.kind !== "word" || words.test(word.value)) return null;
    const path = normal(word.value);
    this.at++;
    if (this.take("not")) return this.take("in") ? this.many(path, "noneOf") : null;
    if (this.take("in")) return this.many(path, "oneOf");
    const sign = this.list[this.at];
    const operator = sign && sign.kind !== "text" ? operatorOf[sign.value] : undefined;
    if (!operator) return { path, operator: "yes", values: [] };
    this.at++;
    const value = this.list[this.at++];
    if (!value || (value.kind !== "text" && value.kind !== "number")) return null;
    const empty = value.kind === "text" && value.value === "";
    if (empty && operator === "is") return { path, operator: "empty", values: [] };
    if (empty && operator === "isNot") return { path, operator: "notEmpty", values: [] };
    return { path, operator, values: [value.value] };
  }

  private many(path: string, operator: Operator): Test | null {
    if (!this.take("[")) return null;
    const values: string[] = [];
    while (!this.take("]")) {
      const value = this.list[this.at++];
      if (!value || (value.kind !== "text" && value.kind !== "number")) return null;
      values.push(value.value);
      if (!this.take(",") && !(this.list[this.at]?.value === "]" && this.list[this.at]?.kind === "sign")) return null;
    }
    return { path, operator, values };
  }
}

/** fits tells whether the editor for conditions can show one: it knows its attributes, and their kinds have the operators. */
export const fits = (c: Condition, attributes: Attribute[]): boolean =>
  c.tests.every((t) => {
    const attribute = attributes.find((a) => a.path === t.path);
    return attribute !== undefined && operators[attribute.kind].some((o) => o.value === t.operator);
  });
