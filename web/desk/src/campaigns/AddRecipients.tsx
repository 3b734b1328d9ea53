import { Alert, Button, Checkbox, Divider, FileButton, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { errorMessage } from "../api/client";
import { AddContacts } from "./AddContacts";
import { ImportResult } from "./ImportResult";
import { formatCount } from "./labels";
import type { Campaign } from "./types";
import { uploadRecipients, refreshCampaign } from "./useCampaigns";

/** AddRecipients adds recipients to a draft from a file or from contacts. */
export function AddRecipients({ c }: { c: Campaign }) {
  const [agreed, setAgreed] = useState(false);
  const add = useMutation({ mutationFn: (file: File) => uploadRecipients(c.id, file, agreed), onSettled: () => refreshCampaign(c.id) });
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Recipients
      </Title>
      <Stack gap="sm">
        <Text size="sm">
          {c.total === 0 ? "No recipients yet." : `Recipients: ${formatCount(c.total)}.`} A CSV file needs a “phone” (or tocontactid)
          column. Optional columns: locale, optin, timezone, and one for each placeholder of the template.
        </Text>
        <Checkbox
          checked={agreed}
          onChange={(e) => setAgreed(e.currentTarget.checked)}
          label="Everyone in the file has agreed to receive messages (used if there is no optin column)"
        />
        <Group>
          <FileButton onChange={(file) => file && add.mutate(file)} accept=".csv,text/csv" inputProps={{ "aria-label": "CSV file" }}>
            {(props) => (
              <Button {...props} variant="default" loading={add.isPending}>
                Upload CSV file
              </Button>
            )}
          </FileButton>
          {add.isPending && <Text size="sm">Uploading {add.variables.name}…</Text>}
        </Group>
        <div role="status">{add.data && <ImportResult of={add.data} what="lines" />}</div>
        {add.isError && (
          <Alert color="red" role="alert">
            {errorMessage(add.error)}
          </Alert>
        )}
        <Divider label="or add existing contacts" labelPosition="left" />
        <AddContacts c={c} />
      </Stack>
    </Paper>
  );
}
