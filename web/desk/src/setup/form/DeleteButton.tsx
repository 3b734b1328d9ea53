import { Alert, Button, Group, List, Modal, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { errorMessage } from "../../api/client";

interface Props {
  what: string; // "channel": Delete channel, Keep channel
  name: string;
  uses: string[]; // sentences: what it touches
  alternative?: string; // what to do instead
  remove: () => Promise<unknown>;
  done: () => void;
}

/** DeleteButton deletes something after saying what that touches. */
export function DeleteButton({ what, name, uses, alternative, remove, done }: Props) {
  const [asking, setAsking] = useState(false);
  const removing = useMutation({ mutationFn: remove, onSuccess: done });
  const close = () => {
    setAsking(false);
    removing.reset();
  };
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Delete…
      </Button>
      <Modal opened={asking} onClose={close} title={`Delete ${what} “${name}”?`}>
        <Stack gap="sm">
          {removing.isError && (
            <Alert color="red" role="alert" title={`Could not delete the ${what}`}>
              {errorMessage(removing.error)}
            </Alert>
          )}
          {uses.length > 0 ? (
            <List size="sm">
              {uses.map((line) => (
                <List.Item key={line}>{line}</List.Item>
              ))}
            </List>
          ) : (
            <Text size="sm">Nothing uses it.</Text>
          )}
          {alternative && <Text size="sm">{alternative}</Text>}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Keep {what}
            </Button>
            <Button color="red" loading={removing.isPending} onClick={() => removing.mutate()}>
              Delete {what}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
