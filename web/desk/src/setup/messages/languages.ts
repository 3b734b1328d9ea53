const names = new Intl.DisplayNames(["en"], { type: "language" });

/** languageName is a language as people call it. */
export function languageName(tag: string): string {
  if (tag === "und") return "Unknown language";
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag; // not a language tag
  }
}

const common = [
  "ar", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "nb", "nl", "pl",
  "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "uk", "vi", "zh-Hans", "zh-Hant",
]; // prettier-ignore

/** otherLanguages are those that can be added to some. */
export const otherLanguages = (have: string[]): { value: string; label: string }[] =>
  common
    .filter((tag) => !have.includes(tag))
    .map((tag) => ({ value: tag, label: languageName(tag) }))
    .sort((a, b) => a.label.localeCompare(b.label));
