import type { FieldError, QuickButton } from "../api/types";

/** NewButton is a button being composed. Without a value, its title is sent back when tapped. */
export interface NewButton {
  title: string;
  value?: string;
}

// What the API takes on every channel that has buttons; see NewMessage there.
const maxTitle = 20;

const valueOf = (b: NewButton): string => b.value ?? b.title.trim();

export const isBlank = (b: NewButton): boolean => b.title.trim() === "";

/** buttonsToSend returns the buttons that have a title, as the API takes them. */
export const buttonsToSend = (list: NewButton[] = []): QuickButton[] =>
  list.filter((b) => !isBlank(b)).map((b) => ({ title: b.title.trim(), value: valueOf(b) }));

/** draftButtons turns a message's buttons back into a draft's, with the server's errors. */
export function draftButtons(buttons: QuickButton[] = [], refused?: FieldError[]): { buttons?: NewButton[]; refused?: FieldError[] } {
  return {
    buttons: buttons.length > 0 ? buttons.map(({ title, value }) => (value === title ? { title } : { title, value })) : undefined,
    refused: refused?.filter((e) => e.field.startsWith("buttons")),
  };
}

/** buttonErrors validates each button while the agent types, with the rules of the API. */
export function buttonErrors(list: NewButton[]): (string | undefined)[] {
  return list.map((b, i) => {
    const over = [...b.title.trim()].length - maxTitle;
    if (over > 0) return `${over} ${over === 1 ? "character" : "characters"} over the limit`;
    if (/\p{Cc}/u.test(b.title)) return "Contains a character that cannot be displayed";
    if (!isBlank(b) && list.slice(0, i).some((o) => valueOf(o) === valueOf(b))) return "Another button has the same text";
    return undefined;
  });
}

/** tooManyError is an error if the channel allows fewer buttons. */
export function tooManyError(list: NewButton[], most: number | undefined): string | undefined {
  if (most === undefined || buttonsToSend(list).length <= most) return undefined;
  return most === 0 ? "This channel does not support buttons." : `This channel allows up to ${most} buttons per message.`;
}

/** serverErrors are the server's errors for button n, or without n for the buttons as a whole. */
export function serverErrors(refused: FieldError[] = [], n?: number): string | undefined {
  const at = n === undefined ? "buttons" : `buttons[${n}]`;
  const reasons = refused.filter((e) => e.field === at || e.field.startsWith(`${at}.`)).map((e) => e.reason);
  return reasons.length > 0 ? `${n === undefined ? "These" : "This"} ${reasons.join("; ")}` : undefined;
}
