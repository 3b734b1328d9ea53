import { Alert, Button, Group, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api, errorMessage } from "../api/client";
import { ImportResult } from "./ImportResult";
import type { Campaign } from "./types";
import { refreshCampaign } from "./useCampaigns";

/** AddContacts adds contacts who gave consent to a draft, by some filters. */
export function AddContacts({ c }: { c: Campaign }) {
  const [language, setLanguage] = useState("");
  const [name, setName] = useState("");
  const [since, setSince] = useState("");
  const add = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/v1/campaigns/{id}/audience", {
          params: { path: { id: c.id } },
          body: {
            ...(language.trim() && { language: language.trim() }),
            ...(name.trim() && { name: name.trim() }),
            ...(since && { created_after: new Date(`${since}T00:00`).toISOString() }),
          },
        }),
      ),
    onSettled: () => refreshCampaign(c.id),
  });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Add contacts">
      <Group align="flex-end" gap="sm">
        <TextInput
          label="Language"
          placeholder="Any, for example nl"
          maxLength={35}
          value={language}
          onChange={(e) => setLanguage(e.currentTarget.value)}
        />
        <TextInput
          label="Name starts with"
          placeholder="Any"
          maxLength={100}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <TextInput label="Created after" type="date" value={since} onChange={(e) => setSince(e.currentTarget.value)} />
        <Button type="submit" variant="default" loading={add.isPending}>
          Add contacts with consent
        </Button>
      </Group>
      <div role="status">{add.data && <ImportResult of={add.data} what="contacts" />}</div>
      {add.isError && (
        <Alert color="red" role="alert" mt="xs">
          {errorMessage(add.error)}
        </Alert>
      )}
    </form>
  );
}
