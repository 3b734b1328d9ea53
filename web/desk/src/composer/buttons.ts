import type { FieldError, QuickButton } from "../api/types";

/** NewButton is a button as it is composed; without a value of its own, its words come back. */
export interface NewButton {
  title: string;
  value?: string;
}

// What the API takes on every channel that has buttons; see NewMessage there.
const maxTitle = 20;

const valueOf = (b: NewButton): string => b.value ?? b.title.trim();

export const isBlank = (b: NewButton): boolean => b.title.trim() === "";

/** buttonsToSend is what is sent of the buttons: those that say something. */
export const buttonsToSend = (list: NewButton[] = []): QuickButton[] =>
  list.filter((b) => !isBlank(b)).map((b) => ({ title: b.title.trim(), value: valueOf(b) }));

/** draftButtons is what a draft takes over of a message, with what was wrong with it. */
export function draftButtons(buttons: QuickButton[] = [], refused?: FieldError[]): { buttons?: NewButton[]; refused?: FieldError[] } {
  return {
    buttons: buttons.length > 0 ? buttons.map(({ title, value }) => (value === title ? { title } : { title, value })) : undefined,
    refused: refused?.filter((e) => e.field.startsWith("buttons")),
  };
}

/** buttonErrors are what is wrong with each button, while one types; the API would refuse the message. */
export function buttonErrors(list: NewButton[]): (string | undefined)[] {
  return list.map((b, i) => {
    const over = [...b.title.trim()].length - maxTitle;
    if (over > 0) return `${over} ${over === 1 ? "character" : "characters"} over the limit`;
    if (/\p{Cc}/u.test(b.title)) return "Contains a character that cannot be displayed";
    if (!isBlank(b) && list.slice(0, i).some((o) => valueOf(o) === valueOf(b))) return "Another button has the same text";
    return undefined;
  });
}

/** tooManyError says that fewer buttons fit under one message, or nothing. */
export function tooManyError(list: NewButton[], most: number | undefined): string | undefined {
  if (most === undefined || buttonsToSend(list).length <= most) return undefined;
  return most === 0 ? "This channel does not support buttons." : `This channel allows up to ${most} buttons per message.`;
}

/** serverErrors are what the server said of one button, or without a number of all together. */
export function serverErrors(refused: FieldError[] = [], n?: number): string | undefined {
  const at = n === undefined ? "buttons" : `buttons[${n}]`;
  const reasons = refused.filter((e) => e.field === at || e.field.startsWith(`${at}.`)).map((e) => e.reason);
  return reasons.length > 0 ? `${n === undefined ? "These" : "This"} ${reasons.join("; ")}` : undefined;
}
