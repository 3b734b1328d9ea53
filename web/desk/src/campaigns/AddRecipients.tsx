import { Alert, Button, Checkbox, Divider, FileButton, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { sentence } from "../api/client";
import { Came } from "./ImportResult";
import { Contacts } from "./AddContacts";
import type { Campaign } from "./types";
import { addFile, refresh } from "./useCampaigns";
import { count } from "./labels";

/** Recipients adds a file of them to a draft, and tells what was wrong with it. */
export function Recipients({ c }: { c: Campaign }) {
  const [agreed, setAgreed] = useState(false);
  const add = useMutation({ mutationFn: (file: File) => addFile(c.id, file, agreed), onSettled: () => refresh(c.id) });
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Recipients
      </Title>
      <Stack gap="sm">
        <Text size="sm">
          {c.total === 0 ? "Nobody is listed yet." : `${count(c.total)} are listed.`} A CSV file has a column “phone” (or tocontactid), and
          may have locale, optin, timezone and one column for each placeholder of the template.
        </Text>
        <Checkbox
          checked={agreed}
          onChange={(e) => setAgreed(e.currentTarget.checked)}
          label="Everybody in the file has agreed to be written to (where it has no column optin)"
        />
        <Group>
          <FileButton onChange={(file) => file && add.mutate(file)} accept=".csv,text/csv" inputProps={{ "aria-label": "CSV file" }}>
            {(props) => (
              <Button {...props} variant="default" loading={add.isPending}>
                Add a CSV file
              </Button>
            )}
          </FileButton>
          {add.isPending && <Text size="sm">Reading {add.variables.name} …</Text>}
        </Group>
        <div role="status">{add.data && <Came of={add.data} what="lines" />}</div>
        {add.isError && (
          <Alert color="red" role="alert">
            {sentence(add.error)}
          </Alert>
        )}
        <Divider label="or contacts who are known here" labelPosition="left" />
        <Contacts c={c} />
      </Stack>
    </Paper>
  );
}
