import { Button } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { useMe } from "../../session/session";
import { notifyError } from "../../ui/notify";
import type { Agent } from "../lists";

/** ViewAs shows an administrator the desk as somebody else sees it. */
export function ViewAs({ agent }: { agent: Agent }) {
  const me = useMe();
  const begin = useMutation({
    mutationFn: () => answer(api.POST("/v1/agents/{id}/view-as", { params: { path: { id: agent.id } } })),
    onSuccess: () => location.assign("/desk/"),
    onError: (e) => notifyError(`Could not view as ${agent.name}`, e),
  });
  const may = me.role === "administrator" && me.agent?.role_id === null && me.agent.id !== agent.id && !agent.disabled;
  if (!may) return null;
  return (
    <Button
      variant="default"
      leftSection={<IconEye size={16} aria-hidden />}
      loading={begin.isPending}
      onClick={() => begin.mutate()}
      title="See what they see. You cannot change anything meanwhile."
    >
      View as {agent.name}
    </Button>
  );
}
