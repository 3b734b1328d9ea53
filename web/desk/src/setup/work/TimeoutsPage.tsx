import { Badge, Button, Group, Modal, Text } from "@mantine/core";
import { IconHourglass } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { EmptyState } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import type { Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { all, key, refresh, useWorkstreams } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { newTimeout, timeoutBody, timeoutFields, timeoutSentence, timeoutValues, type TimeoutRule } from "./timeouts";

type Input = components["schemas"]["TimeoutRuleInput"];

const at = (id: string) => ({ params: { path: { id } } });

/** TimeoutsPage lists what a workstream does when somebody does not answer. */
export function TimeoutsPage() {
  const { id = "" } = useParams({ strict: false });
  const workstream = useWorkstreams().data?.find((w) => w.id === id);
  const [editing, setEditing] = useState<TimeoutRule | "new" | null>(null);
  const rules = useQuery({
    queryKey: key("timeout-rules", id),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/workstreams/{id}/timeout-rules", { params: { path: { id }, query } }))),
  });
  const add = <Button onClick={() => setEditing("new")}>Add a timeout rule</Button>;
  const close = () => setEditing(null);
  return (
    <>
      <PageHead
        title="Timeout rules"
        back={{ to: `/setup/workstreams/${id}`, label: workstream?.name ?? "Workstream" }}
        action={add}
        operation="createRule"
      >
        What happens when somebody does not answer while an agent has the conversation. Rules about customers also count while it is parked,
        if they write to the customer or close it. Changes reach open conversations at their next message or deadline.
      </PageHead>
      <ListOf
        label="Timeout rules"
        query={rules}
        textOf={(r) => `${r.name} ${timeoutSentence(r)}`}
        empty={
          <EmptyState icon={<IconHourglass size={36} stroke={1.4} aria-hidden />} title="No timeout rules yet" action={add}>
            For example: after 10 minutes without an answer from the customer, write to the customer.
          </EmptyState>
        }
        columns={[
          {
            label: "Rule",
            show: (r) => (
              <>
                <Text size="sm" fw={600}>
                  {r.name}
                </Text>
                <Text size="sm">{timeoutSentence(r)}</Text>
                {Object.keys(r.texts).length > 0 && (
                  <Text size="xs" c="dimmed">
                    “{r.texts["en"] ?? Object.values(r.texts)[0]}”
                  </Text>
                )}
              </>
            ),
          },
          {
            label: "Status",
            show: (r) => (
              <Badge variant="outline" color={r.enabled ? "green" : "gray"} className="state">
                {r.enabled ? "On" : "Off"}
              </Badge>
            ),
          },
          {
            label: "Actions",
            hidden: true,
            show: (r) => (
              <Group gap="xs" wrap="nowrap">
                <Button variant="default" onClick={() => setEditing(r)} aria-label={`Edit ${r.name}`}>
                  Edit
                </Button>
                <DeleteRule rule={r} />
              </Group>
            ),
          },
        ]}
      />
      <Modal
        opened={editing !== null}
        onClose={close}
        title={editing === "new" ? "Add a timeout rule" : "Edit timeout rule"}
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {editing && <RuleForm workstream={id} rule={editing === "new" ? null : editing} done={close} />}
      </Modal>
    </>
  );
}

function DeleteRule({ rule }: { rule: TimeoutRule }) {
  return (
    <DeleteButton
      what="rule"
      name={rule.name}
      uses={["Conversations in which it was counting go on without it."]}
      alternative="Disable it instead if you may need it again."
      remove={async () => {
        await answer(api.DELETE("/v1/timeout-rules/{id}", at(rule.id)));
        await refresh("timeout-rules", rule.workstream_id);
      }}
      done={() => undefined}
    />
  );
}

function RuleForm({ workstream, rule, done }: { workstream: string; rule: TimeoutRule | null; done: () => void }) {
  const values = rule ? timeoutValues(rule) : newTimeout;
  return (
    <ResourceForm
      label={rule ? "Edit timeout rule" : "Add a timeout rule"}
      fields={timeoutFields(rule?.texts ?? {})}
      stored={{ values, etag: null }}
      isNew={!rule}
      submit={rule ? "Save" : "Add rule"}
      save={async (changes, etag) => {
        const now: Values = { ...values, ...changes };
        const body = timeoutBody(changes, now) as Input;
        if (rule) await answer(api.PATCH("/v1/timeout-rules/{id}", { ...at(rule.id), body }));
        else await answer(api.POST("/v1/workstreams/{id}/timeout-rules", { ...at(workstream), body }));
        await refresh("timeout-rules", workstream);
        done();
        return { values: now, etag };
      }}
    />
  );
}
