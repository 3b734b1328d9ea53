import { Text } from "@mantine/core";
import type { CSSProperties } from "react";

import { languageName } from "../messages/languages";
import type { Shown } from "./calls";
import { builtIn, labelIn, type Question, type Survey } from "./survey";

/** SurveyPreview shows the questions as a visitor with this language gets them. */
export function SurveyPreview({ widget, survey, language }: { widget: Shown; survey: Survey; language: string }) {
  const { color, text_color } = widget.settings.appearance;
  const colors = { "--chat-color": color, "--chat-text": text_color } as CSSProperties;
  const text = (name: string) => survey.texts[language]?.[name] || (builtIn[name] ?? "");
  const hello = text(widget.style === "live" ? "hello_live" : "hello_persistent");
  return (
    <div role="group" aria-label="Preview of the questions" className="chat-preview" style={colors}>
      <Text size="sm" fw={600} mb="xs">
        Preview in {languageName(language)}
      </Text>
      <div className="chat-panel" lang={language} dir="auto">
        <div className="chat-head">
          <div className="chat-title">{survey.texts[language]?.["title"] || widget.settings.appearance.title}</div>
        </div>
        <div className="chat-log">
          {survey.questions.map((q, i) => (
            <Asked key={i} q={q} label={labelIn(q, language)} choose={text("choose")} />
          ))}
          {survey.questions.length > 0 ? <div className="chat-start">{text("start")}</div> : <p className="chat-theirs">{hello}</p>}
        </div>
      </div>
    </div>
  );
}

function Asked({ q, label, choose }: { q: Question; label: string; choose: string }) {
  const name = `${label || "…"}${q.required || q.type === "consent" ? " *" : ""}`;
  if (q.type === "consent") return <div className="chat-asked">☐ {name}</div>;
  return (
    <div className="chat-asked">
      <div>{name}</div>
      <div className="chat-answer" data-long={q.type === "multiline" || undefined}>
        {q.type === "options" ? `${choose} ▾` : ""}
      </div>
    </div>
  );
}
