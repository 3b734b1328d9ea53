import { Alert, Button, Group, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api } from "../api/client";
import { notifyError } from "../ui/notify";
import { reasonText } from "./labels";
import type { Campaign } from "./types";

/** MessagePreview shows the exact messages of the first recipients, and sends a test message. */
export function MessagePreview({ c }: { c: Campaign }) {
  const preview = useInfiniteQuery({
    queryKey: ["campaign-preview", c.id],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/campaigns/{id}/preview", {
          params: { path: { id: c.id }, query: { limit: 3, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    select: (data) => data.pages.flatMap((p) => p.items),
  });
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Preview
      </Title>
      <Stack gap="xs">
        {preview.isError && <Text size="sm">Could not load the preview. Try again.</Text>}
        {preview.data?.map((p) => (
          <div key={p.seq} className="preview">
            <Text size="xs" c="dimmed">
              {p.to} · {p.language}
              {p.variant > 0 && " · variant B"}
            </Text>
            <Text size="sm" className="words" dir="auto">
              {p.code ? `Will not be sent: ${reasonText(p.code)}` : p.text}
            </Text>
          </div>
        ))}
        {preview.hasNextPage && (
          <Button
            variant="default"
            size="xs"
            className="start"
            onClick={() => void preview.fetchNextPage()}
            loading={preview.isFetchingNextPage}
          >
            Show more
          </Button>
        )}
        <TestSend c={c} />
      </Stack>
    </Paper>
  );
}

function TestSend({ c }: { c: Campaign }) {
  const [to, setTo] = useState("");
  const test = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/v1/campaigns/{id}/test", {
          params: { path: { id: c.id } },
          body: { contacts: [{ tocontactid: to.trim(), optin: true }] },
        }),
      ),
    onError: (e) => notifyError("Could not send the test message", e),
  });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    test.mutate();
  };
  const result = test.data?.results[0];
  return (
    <form onSubmit={submit} aria-label="Test message">
      <Group align="flex-end">
        <TextInput
          label="Send a test message to"
          value={to}
          onChange={(e) => setTo(e.currentTarget.value)}
          description="Uses the first recipient's values"
          placeholder="+14255550100"
          required
        />
        <Button type="submit" variant="default" loading={test.isPending}>
          Send test
        </Button>
      </Group>
      <div role="status">
        {result && (
          <Alert color={result.status === "accepted" ? "green" : "red"} mt="xs" p="xs">
            {result.status === "accepted" ? "The test message is on its way." : (result.reason ?? result.code)}
          </Alert>
        )}
      </div>
    </form>
  );
}
