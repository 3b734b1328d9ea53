import { NativeSelect } from "@mantine/core";

import { otherLanguages } from "./languages";

/** AddLanguage adds a language to those that a text has. */
export function AddLanguage({ have, add }: { have: string[]; add: (tag: string) => void }) {
  return (
    <NativeSelect
      label="Add a language"
      maw={320}
      mt="md"
      value=""
      data={[{ value: "", label: "Choose" }, ...otherLanguages(have)]}
      onChange={(e) => e.currentTarget.value && add(e.currentTarget.value)}
    />
  );
}
