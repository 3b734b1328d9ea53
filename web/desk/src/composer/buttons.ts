import type { FieldError, QuickButton } from "../api/types";

/** NewButton is a button as it is composed; without a value of its own, its words come back. */
export interface NewButton {
  title: string;
  value?: string;
}

// What the API takes on every channel that has buttons; see NewMessage there.
const maxTitle = 20;

const valueOf = (b: NewButton): string => b.value ?? b.title.trim();

export const blank = (b: NewButton): boolean => b.title.trim() === "";

/** offering is what is sent of the buttons: those that say something. */
export const offering = (list: NewButton[] = []): QuickButton[] =>
  list.filter((b) => !blank(b)).map((b) => ({ title: b.title.trim(), value: valueOf(b) }));

/** buttonsOf is what a draft takes over of a message, with what was wrong with it. */
export function buttonsOf(buttons: QuickButton[] = [], refused?: FieldError[]): { buttons?: NewButton[]; refused?: FieldError[] } {
  return {
    buttons: buttons.length > 0 ? buttons.map(({ title, value }) => (value === title ? { title } : { title, value })) : undefined,
    refused: refused?.filter((e) => e.field.startsWith("buttons")),
  };
}

/** mistakes are what is wrong with each button, while one types; the API would refuse the message. */
export function mistakes(list: NewButton[]): (string | undefined)[] {
  return list.map((b, i) => {
    const over = [...b.title.trim()].length - maxTitle;
    if (over > 0) return `${over} ${over === 1 ? "character" : "characters"} more than fit here`;
    if (/\p{Cc}/u.test(b.title)) return "This has a character that cannot be shown";
    if (!blank(b) && list.slice(0, i).some((o) => valueOf(o) === valueOf(b))) return "Another button says this already";
    return undefined;
  });
}

/** tooMany says that fewer buttons fit under one message, or nothing. */
export function tooMany(list: NewButton[], most: number | undefined): string | undefined {
  if (most === undefined || offering(list).length <= most) return undefined;
  return most === 0 ? "This channel has no buttons." : `At most ${most} buttons fit under one message here.`;
}

/** refusals are what the server said of one button, or without a number of all together. */
export function refusals(refused: FieldError[] = [], n?: number): string | undefined {
  const at = n === undefined ? "buttons" : `buttons[${n}]`;
  const said = refused.filter((e) => e.field === at || e.field.startsWith(`${at}.`)).map((e) => e.reason);
  return said.length > 0 ? `${n === undefined ? "These" : "This"} ${said.join("; ")}` : undefined;
}
