import { NativeSelect, Text } from "@mantine/core";
import { type CSSProperties, useState } from "react";

import { languageName } from "./languages";
import { filled, samples } from "./placeholders";

interface Props {
  texts: Record<string, string>; // by language
  values?: Record<string, string>; // of placeholders; without: samples
  internal?: boolean; // agents read it
}

const colors = { "--chat-color": "#0b5fff", "--chat-text": "#ffffff" } as CSSProperties;

/** TextPreview shows a text as who gets it reads it, in one language at a time. */
export function TextPreview({ texts, values = samples, internal = false }: Props) {
  const [chosen, setChosen] = useState("");
  const languages = Object.keys(texts).filter((l) => texts[l]?.trim());
  const language = languages.includes(chosen) ? chosen : (languages[0] ?? "");
  const text = texts[language] ?? "";
  return (
    <aside aria-label="Preview" className="chat-preview" style={colors}>
      <Text size="sm" fw={600} mb="xs">
        {internal ? "Agents read" : "The customer reads"}
      </Text>
      {languages.length > 1 && (
        <NativeSelect
          aria-label="Language of the preview"
          mb="xs"
          data={languages.map((l) => ({ value: l, label: languageName(l) }))}
          value={language}
          onChange={(e) => setChosen(e.currentTarget.value)}
        />
      )}
      <div className="chat-panel">
        <div className="chat-log">
          {text.trim() ? (
            <p className="chat-theirs text-preview" lang={language} dir="auto">
              {filled(text, values)}
            </p>
          ) : (
            <p>Nothing is said.</p>
          )}
        </div>
      </div>
    </aside>
  );
}
