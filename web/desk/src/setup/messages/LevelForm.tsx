import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { LoadError, SkeletonRows } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import type { Field, Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import type { Stored } from "../form/useResourceForm";
import { key } from "../lists";
import type { Versioned } from "../versioned";
import { AddLanguage } from "./AddLanguage";
import {
  findSetting,
  isOn,
  readSetting,
  saveSetting,
  settingOf,
  takeBack,
  titleOf,
  type Automated,
  type Level,
  type Occasion,
} from "./occasions";
import { checkPlaceholders, samples } from "./placeholders";
import { TextPreview } from "./TextPreview";
import { textFields, textsOf } from "./texts";

interface Props {
  occasion: Occasion;
  level: Level;
}

/** LevelForm edits what is said on one level, with the version that was seen. */
export function LevelForm({ occasion, level }: Props) {
  const setting = settingOf(occasion, level);
  const loaded = useQuery({
    queryKey: key("automated", setting?.id ?? ""),
    staleTime: 0,
    enabled: setting !== undefined,
    queryFn: () => readSetting(setting?.id ?? ""),
  });
  if (setting && loaded.isError)
    return <LoadError what="Could not load the message" error={loaded.error} retry={() => void loaded.refetch()} />;
  if (setting && !loaded.data) return <SkeletonRows n={3} h={44} />;
  return <Form key={setting?.id} occasion={occasion} level={level} loaded={loaded.data} />;
}

function Form({ occasion, level, loaded }: Props & { loaded?: Versioned<Automated> }) {
  const { trigger } = occasion;
  const builtIn = trigger.texts;
  const [base, setBase] = useState(loaded?.value); // what was saved last, by whomever
  const [given, setGiven] = useState(loaded);
  if (loaded !== given) {
    setGiven(loaded);
    setBase(loaded?.value);
  }
  const [added, setAdded] = useState<string[]>([]);
  const languages = [...new Set(["en", ...Object.keys(builtIn), ...Object.keys(base?.texts ?? {}), ...added])];
  const stored = (of: Versioned<Automated> | undefined): Stored => ({ values: valuesOf(occasion, of?.value), etag: of?.etag ?? null });
  const keep = (got: Versioned<Automated> | undefined): Stored => {
    setBase(got?.value);
    return stored(got);
  };
  return (
    <section aria-label="What is said">
      <ResourceForm
        label={titleOf(occasion.id)}
        fields={fieldsOf(occasion, languages)}
        stored={stored(loaded)}
        isNew={loaded === undefined}
        submit="Save"
        save={async (changes, etag) => {
          const now = { ...valuesOf(occasion, base), ...changes };
          const body = {
            trigger: occasion.id,
            ...level,
            enabled: now["enabled"] === true,
            visibility: now["visibility"] as Automated["visibility"],
            texts: textsOf(now),
          };
          return keep(await saveSetting(body, etag));
        }}
        reload={async () => keep((await findSetting(occasion.id, level)) ?? undefined)}
        preview={(now) => (
          <TextPreview
            texts={now["enabled"] === true ? { ...builtIn, ...textsOf(now) } : {}}
            values={samplesOf(trigger.placeholders)}
            internal={now["visibility"] === "agent"}
          />
        )}
      />
      <AddLanguage have={languages} add={(tag) => setAdded([...added, tag])} />
      {loaded && (
        <div style={{ marginTop: 24 }}>
          <DeleteButton
            what="setting"
            name={titleOf(occasion.id)}
            uses={["What is set more generally is said instead, or else the built-in text."]}
            remove={() => takeBack(loaded.value.id)}
            done={() => undefined}
          />
        </div>
      )}
    </section>
  );
}

/** valuesOf are what is set; where nothing is, the occasion's own switch and no texts. */
function valuesOf(o: Occasion, set: Automated | undefined): Values {
  const texts = Object.entries(set?.texts ?? {}).map(([l, text]) => [`texts.${l}`, text]);
  return { enabled: set?.enabled ?? isOn(o), visibility: set?.visibility ?? o.trigger.visibility, ...Object.fromEntries(texts) } as Values;
}

const samplesOf = (placeholders: string[]): Record<string, string> =>
  Object.fromEntries(placeholders.map((p) => [p, samples[p] ?? `[${p}]`]));

function fieldsOf(o: Occasion, languages: string[]): Field[] {
  const known = o.trigger.placeholders;
  const texts = textFields(languages, { check: checkPlaceholders(known), maxLength: 1000 });
  return [
    { name: "enabled", label: "Say it", kind: "switch" },
    {
      name: "visibility",
      label: "Who reads it",
      kind: "select",
      options: [
        { value: "customer", label: "The customer" },
        { value: "agent", label: "Agents only" },
        { value: "both", label: "The customer and agents" },
      ],
    },
    ...texts.map((f, i) => ({
      ...f,
      placeholder: o.trigger.texts[f.name.slice("texts.".length)],
      help: i === 0 ? `Left empty, the built-in text is said. Filled in: ${known.map((p) => `{${p}}`).join(", ")}` : undefined,
    })),
  ];
}
