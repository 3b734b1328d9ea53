import { Alert, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { lazy, type SubmitEvent, Suspense, useState } from "react";

import { errorMessage } from "../../api/client";
import { Copyable } from "../Copyable";
import { serverErrors, type Field } from "../form/fields";
import { createToken, type CreatedToken, type Permission } from "./calls";
import { PermissionChecks } from "./PermissionChecks";

// It brings a list with a search, which the page does without until a token is made.
const PersonSelect = lazy(() => import("../team/PersonSelect").then((m) => ({ default: m.PersonSelect })));

const periods = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "180", label: "180 days" },
  { value: "365", label: "One year" },
];
const day = 24 * 60 * 60 * 1000;
const fields: Field[] = ["name", "permissions", "agent_id"].map((name) => ({ name, label: name, kind: "text" }));

/** NewToken asks what a token is for, and shows its secret once. */
export function NewToken({ permissions, close }: { permissions: Permission[]; close: () => void }) {
  const [made, setMade] = useState<CreatedToken>();
  return made ? <Made token={made} close={close} /> : <Asking permissions={permissions} done={setMade} close={close} />;
}

interface AskingProps {
  permissions: Permission[];
  done: (made: CreatedToken) => void;
  close: () => void;
}

function Asking({ permissions, done, close }: AskingProps) {
  const [name, setName] = useState("");
  const [days, setDays] = useState("90");
  const [agent, setAgent] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [missing, setMissing] = useState<Record<string, string>>({});
  const making = useMutation({
    mutationFn: () =>
      createToken({
        name: name.trim(),
        permissions: permissions.map((p) => p.name).filter((p) => chosen.has(p)),
        agent_id: agent || null,
        expires_at: new Date(Date.now() + Number(days) * day).toISOString(),
      }),
    onSuccess: done,
  });
  const wrong = { ...serverErrors(making.error, fields), ...missing };
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    const problems: Record<string, string> = {};
    if (!name.trim()) problems.name = "Name is required.";
    if (chosen.size === 0) problems.permissions = "Select at least one permission.";
    setMissing(problems);
    making.reset();
    if (Object.keys(problems).length === 0) making.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Create a token" noValidate>
      <Stack gap="md">
        {making.isError && (
          <Alert color="red" role="alert" title="Could not create the token">
            {errorMessage(making.error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          description="The system that uses it, such as CRM."
          required
          maxLength={100}
          value={name}
          error={wrong.name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <NativeSelect label="Expires after" data={periods} value={days} onChange={(e) => setDays(e.currentTarget.value)} />
        <Suspense>
          <PersonSelect
            label="Acts as"
            description="Who is shown as the author of what it writes in conversations."
            first={[{ value: "", label: "Nobody" }]}
            value={agent}
            error={wrong.agent_id}
            onChange={setAgent}
          />
        </Suspense>
        <PermissionChecks permissions={permissions} chosen={chosen} change={setChosen} error={wrong.permissions} />
        <Group gap="sm">
          <Button type="submit" loading={making.isPending}>
            Create token
          </Button>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Made({ token, close }: { token: CreatedToken; close: () => void }) {
  return (
    <Stack gap="md">
      <Text size="sm">Copy the token now and keep it in a safe place. It cannot be shown again.</Text>
      <Copyable text={token.token} label="token" />
      <Group>
        <Button onClick={close}>Done</Button>
      </Group>
    </Stack>
  );
}
