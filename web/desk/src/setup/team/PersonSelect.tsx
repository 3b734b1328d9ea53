import { Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";

import type { Option } from "../form/fields";
import { useSomePeople } from "./people";

interface Props {
  label: string;
  description?: string;
  first: Option[]; // choices besides people
  value: string;
  onChange: (to: string) => void;
  error?: string;
}

/** PersonSelect chooses somebody; the server looks for them while one types. */
export function PersonSelect({ label, description, first, value, onChange, error }: Props) {
  const [search, setSearch] = useState("");
  const [chosen, setChosen] = useState<Option>();
  const [opened, setOpened] = useState(false);
  const shown = [...first, ...(chosen ? [chosen] : [])];
  const [words] = useDebouncedValue(shown.some((o) => o.label === search) ? "" : search.trim(), 200);
  const people = useSomePeople({ limit: 50, ...(words && { q: words }) }, opened).data?.items ?? [];
  const found = people.filter((a) => !a.disabled).map((a) => ({ value: a.id, label: a.name }));
  const data = [...shown, ...found.filter((o) => o.value !== chosen?.value)];
  return (
    <Select
      label={label}
      description={description}
      error={error}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options }) => options} // the server has searched
      onDropdownOpen={() => setOpened(true)}
      nothingFoundMessage="Nobody found"
      allowDeselect={false}
      data={data}
      value={value}
      onChange={(to) => {
        setChosen(found.find((o) => o.value === to) ?? (to === chosen?.value ? chosen : undefined));
        onChange(to ?? "");
      }}
    />
  );
}
