// As the API reads them: {Name}, {{Name}} and {$Name$}.
const gap = /\{\{\s*([\p{L}\p{N}_.-]+)\s*\}\}|\{\$\s*([\p{L}\p{N}_.-]+)\s*\$\}|\{([\p{L}\p{N}_.-]+)\}/gu;

/** placeholdersOf are the names of a text's placeholders, each once. */
export const placeholdersOf = (text: string): string[] => [...new Set([...text.matchAll(gap)].map((m) => m[1] ?? m[2] ?? m[3] ?? ""))];

/** filled puts values into a text; what has none stays as it is. */
export const filled = (text: string, values: Record<string, string>): string =>
  text.replaceAll(gap, (whole: string, ...found: unknown[]) => {
    const name = found.slice(0, 3).find((f) => typeof f === "string") as string;
    return values[name] ?? whole;
  });

/** samples are what a preview fills in. */
export const samples: Record<string, string> = {
  CustomerName: "Ada Byron",
  CustomerFirstName: "Ada",
  AgentName: "Mia Jansen",
  AgentFirstName: "Mia",
  QueueName: "Support",
  Channel: "WhatsApp",
};

/** checkPlaceholders says which placeholder of a text nothing fills. */
export const checkPlaceholders =
  (known: string[]) =>
  (text: string): string | undefined => {
    const wrong = placeholdersOf(text).find((name) => !known.includes(name));
    return wrong && `Nothing fills {${wrong}}. There are ${known.map((k) => `{${k}}`).join(", ")}.`;
  };
