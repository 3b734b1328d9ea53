/** Link is a piece of a text; with href it leads somewhere. */
export interface Link {
  text: string;
  href?: string;
}

const url = String.raw`https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]`;
const mail = String.raw`[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`;
const phone = String.raw`(?<![\p{L}\p{N}])\+\d[\d\s().-]{5,18}\d(?![\p{L}\p{N}])`;
const any = new RegExp(`(${url})|(${mail})|(${phone})`, "gu");

/** linksIn finds the URLs, e-mail addresses and international phone numbers in a text. */
export function linksIn(text: string): Link[] {
  const out: Link[] = [];
  let at = 0;
  for (const found of text.matchAll(any)) {
    const [all, web, address] = found;
    if (found.index > at) out.push({ text: text.slice(at, found.index) });
    out.push({ text: all, href: web ?? (address ? `mailto:${address}` : `tel:+${all.replace(/\D/g, "")}`) });
    at = found.index + all.length;
  }
  if (at < text.length) out.push({ text: text.slice(at) });
  return out;
}
