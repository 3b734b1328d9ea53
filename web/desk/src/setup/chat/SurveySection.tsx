import { Alert, Button, Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useState } from "react";

import { errorMessage } from "../../api/client";
import { AddLanguage } from "../messages/AddLanguage";
import { languageName } from "../messages/languages";
import type { Versioned } from "../versioned";
import type { Shown } from "./calls";
import { QuestionEditor } from "./QuestionEditor";
import { builtIn, languagesOf, mostQuestions, moved, newQuestion, otherTexts, textLabel, usualTexts, type Texts } from "./survey";
import { SurveyPreview } from "./SurveyPreview";
import { useSurvey } from "./useSurvey";

/** SurveySection edits what a chat asks before it starts and says in its own words, one language at a time. */
export function SurveySection({ loaded }: { loaded: Versioned<Shown> }) {
  const survey = useSurvey(loaded);
  const own = loaded.value.language;
  const [chosen, setChosen] = useState(own);
  const [added, setAdded] = useState<string[]>([]);
  const languages = [...new Set([...languagesOf(survey.now, own), ...added])];
  const language = languages.includes(chosen) ? chosen : own;
  const add = (tag: string) => {
    setAdded((before) => [...before, tag]);
    setChosen(tag);
  };
  return (
    <section aria-label="Questions and texts">
      <Title order={2} size="h5" mb="xs">
        Questions and texts
      </Title>
      <div className="with-preview">
        <Stack gap="md">
          <Text size="sm">
            What visitors answer before the chat starts, and what the chat says in your own words. Visitors get them in the language of
            their browser.
          </Text>
          <Group align="flex-end" gap="md">
            <NativeSelect
              label="Language"
              data={languages.map((l) => ({ value: l, label: languageName(l) }))}
              value={language}
              onChange={(e) => setChosen(e.currentTarget.value)}
            />
            <AddLanguage have={languages} add={add} />
          </Group>
          <Questions survey={survey} language={language} />
          <TextInputs language={language} texts={survey.now.texts} change={(texts) => survey.change({ texts })} />
          <Save survey={survey} />
        </Stack>
        <SurveyPreview widget={loaded.value} survey={survey.now} language={language} />
      </div>
    </section>
  );
}

type State = ReturnType<typeof useSurvey>;

function Questions({ survey, language }: { survey: State; language: string }) {
  const { questions } = survey.now;
  const set = (next: typeof questions) => survey.change({ questions: next });
  return (
    <Stack gap="md">
      {questions.map((q, at) => (
        <QuestionEditor
          key={at}
          q={q}
          n={at + 1}
          last={at === questions.length - 1}
          language={language}
          problem={survey.problems[at]}
          change={(changed) => set(questions.map((o, i) => (i === at ? changed : o)))}
          move={(by) => set(moved(questions, at, by))}
          remove={() => set(questions.filter((_, i) => i !== at))}
        />
      ))}
      {questions.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing is asked: the chat starts at once.
        </Text>
      )}
      <Button
        variant="default"
        style={{ alignSelf: "flex-start" }}
        disabled={questions.length >= mostQuestions}
        onClick={() => set([...questions, newQuestion(questions)])}
      >
        Add a question
      </Button>
    </Stack>
  );
}

interface TextProps {
  language: string;
  texts: Texts;
  change: (texts: Texts) => void;
}

/** TextInputs are the widget's texts in one language; what is empty stays as it is built in. */
function TextInputs({ language, texts, change }: TextProps) {
  const of = texts[language] ?? {};
  const input = (name: string) => (
    <TextInput
      key={name}
      label={textLabel(name)}
      placeholder={builtIn[name]}
      maxLength={2000}
      value={of[name] ?? ""}
      onChange={(e) => change({ ...texts, [language]: { ...of, [name]: e.currentTarget.value } })}
    />
  );
  return (
    <Stack gap="sm" role="group" aria-label={`Texts in ${languageName(language)}`}>
      <Title order={3} size="h6">
        Texts in {languageName(language)}
      </Title>
      <Text size="sm" c="dimmed">
        Leave one empty to keep the built-in text, of which you see the English one. Words in braces are filled in.
      </Text>
      {usualTexts.map(input)}
      <details className="more-texts">
        <summary>All other texts</summary>
        <Stack gap="sm" mt="sm">
          {otherTexts.map(input)}
        </Stack>
      </details>
    </Stack>
  );
}

function Save({ survey }: { survey: State }) {
  const { saving, conflict, dirty } = survey;
  return (
    <Stack gap="sm">
      {conflict && (
        <Alert color="yellow" role="alert" title="Somebody changed this meanwhile">
          <Stack gap="sm" align="flex-start">
            <Text size="sm">Your questions and texts are not saved. Note what you typed, then load what is stored now.</Text>
            <Button size="xs" variant="default" onClick={survey.takeTheirs}>
              Load what is stored
            </Button>
          </Stack>
        </Alert>
      )}
      {saving.isError && !conflict && (
        <Alert color="red" role="alert" title="Could not save">
          {errorMessage(saving.error)}
        </Alert>
      )}
      <Group gap="sm">
        <Button onClick={survey.save} loading={saving.isPending} disabled={!dirty || conflict}>
          Save questions and texts
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {survey.problems.some(Boolean) && "Check the highlighted questions."}
          {saving.isSuccess && !dirty && (
            <Group gap={4} component="span">
              <IconCheck size={16} aria-hidden /> Saved. Visitors see it at once.
            </Group>
          )}
        </Text>
      </Group>
    </Stack>
  );
}
