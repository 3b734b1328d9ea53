import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Problem } from "../../api/client";
import { queryClient } from "../../live/store";
import { key } from "../lists";
import { ifMatch, type Versioned } from "../versioned";
import { changeWidget, readWidget, type Shown } from "./calls";
import { cleaned, problemOf, same, type Survey } from "./survey";

const surveyOf = (widget: Shown): Survey => ({ questions: widget.pre_chat ?? [], texts: widget.texts });

/** useSurvey holds what is typed about a chat's questions and texts, and saves it to the version that was seen. */
export function useSurvey(loaded: Versioned<Shown>) {
  const theirs = surveyOf(loaded.value);
  const [base, setBase] = useState({ survey: theirs, etag: loaded.etag });
  const [now, setNow] = useState(theirs);
  const [tried, setTried] = useState(false);
  const dirty = !same(now, base.survey);
  if (base.etag !== loaded.etag && (!dirty || same(theirs, base.survey))) {
    // Something else of the chat was saved, or nothing was typed: what is stored now is where we go on from.
    setBase({ survey: theirs, etag: loaded.etag });
    if (!dirty) setNow(theirs);
  }
  const adopt = (got: Versioned<Shown>) => {
    queryClient.setQueryData(key("widget", loaded.value.id), got);
    const survey = surveyOf(got.value);
    setBase({ survey, etag: got.etag });
    setNow(survey);
    setTried(false);
  };
  const saving = useMutation({
    mutationFn: async () => {
      const { id } = loaded.value;
      const { questions, texts } = cleaned(now);
      const send = (etag: string | null) => changeWidget(id, { pre_chat: questions, texts }, ifMatch(etag));
      try {
        return await send(base.etag);
      } catch (error) {
        if (!(error instanceof Problem && error.status === 412)) throw error;
        const fresh = await readWidget(id);
        queryClient.setQueryData(key("widget", id), fresh);
        if (!same(surveyOf(fresh.value), base.survey)) throw error;
        return send(fresh.etag); // something else of the chat was changed
      }
    },
    onSuccess: adopt,
  });
  const problems = now.questions.map((q) => problemOf(q, now.questions));
  const save = () => {
    setTried(true);
    if (problems.every((p) => !p)) saving.mutate();
  };
  const takeTheirs = () => {
    saving.reset();
    setBase({ survey: theirs, etag: loaded.etag });
    setNow(theirs);
  };
  const conflict = saving.error instanceof Problem && saving.error.status === 412;
  const change = (next: Partial<Survey>) => {
    saving.reset();
    setNow((before) => ({ ...before, ...next }));
  };
  return { now, change, dirty, save, saving, conflict, takeTheirs, problems: tried ? problems : [] };
}
