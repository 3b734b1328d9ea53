import { Alert, Button, Modal, Stack, Text } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { useState } from "react";

import { errorMessage } from "../../api/client";
import { changesBetween, type Change, type Clash } from "./merge";
import type { Rule } from "./model";
import { Sentence } from "./Sentence";
import { sentenceOf, type Names } from "./sentence";
import type { RoutingDraft } from "./useRoutingDraft";

/** SaveBar says what is not saved yet and shows it, and saves or discards it. */
export function SaveBar({ form, names }: { form: RoutingDraft; names: Names }) {
  const [looking, setLooking] = useState(false);
  const changes = changesBetween(form.saved, form.draft);
  if (!form.dirty)
    return (
      <Text size="sm" c="dimmed" role="status" className={form.done ? "save-bar" : "hidden"}>
        {form.done && (
          <>
            <IconCheck size={16} aria-hidden /> Saved. Conversations that begin from now on are routed by these rules.
          </>
        )}
      </Text>
    );
  return (
    <div className="save-bar" role="region" aria-label="Changes that are not saved">
      <Text size="sm" fw={600} role="status">
        {changes.length} {changes.length === 1 ? "change" : "changes"} not saved
      </Text>
      <Button variant="default" onClick={() => setLooking(true)}>
        Show the changes
      </Button>
      <Button variant="default" onClick={form.discard}>
        Discard
      </Button>
      <Button onClick={form.save} loading={form.saving}>
        Save rules
      </Button>
      <Modal
        opened={looking}
        onClose={() => setLooking(false)}
        title="Changes that are not saved"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <ChangeList changes={changes} names={names} />
      </Modal>
    </div>
  );
}

function ChangeList({ changes, names }: { changes: Change[]; names: Names }) {
  const say = (rule: Rule, part: string) => <Sentence pieces={sentenceOf(rule, part === "", names)} />;
  return (
    <ul className="changes-list">
      {changes.map((c) => (
        <li key={`${c.part}/${c.name}/${c.what}`}>
          <b>
            {c.what}: {c.name || `ruleset ${c.part}`}
          </b>
          {c.part && c.name && ` (in ${c.part})`}
          {c.before && (
            <div>
              <del>{say(c.before, c.part)}</del>
            </div>
          )}
          {c.after && (
            <div>
              <ins>{say(c.after, c.part)}</ins>
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

/** SaveProblems say why nothing was saved: mistakes at their rules, or what somebody else saved meanwhile. */
export function SaveProblems({ form, names }: { form: RoutingDraft; names: Names }) {
  const wrong = Object.keys(form.mistakes).length;
  const loose = Object.entries(form.mistakes).filter(([field]) => !/^(classification\.\d+|route)\.rules\.\d+\./.test(field));
  return (
    <>
      {form.failure && (
        <Alert color="red" role="alert" title="The rules could not be saved">
          {wrong > 0 ? "The rules that are marked below have mistakes. Edit them, then save again." : errorMessage(form.failure)}
          {loose.map(([field, reason]) => (
            <Text key={field} size="sm">
              {field.replaceAll(".", " ")}: {reason}
            </Text>
          ))}
        </Alert>
      )}
      {form.conflict && (
        <Alert color="yellow" role="alert" title="Somebody changed these rules meanwhile">
          <Stack gap="xs" align="flex-start">
            <Text size="sm">
              Your changes are kept and put on top of theirs. Nothing was saved yet: look at the rules, then save again.
            </Text>
            {form.conflict.clashes.map((clash) => (
              <ClashLine key={`${clash.part}/${clash.name}`} clash={clash} names={names} take={() => form.useTheirs(clash)} />
            ))}
            {form.conflict.taken.length > 0 && <Text size="sm">Also changed by them: {form.conflict.taken.join(", ")}.</Text>}
          </Stack>
        </Alert>
      )}
    </>
  );
}

function ClashLine({ clash, names, take }: { clash: Clash; names: Names; take: () => void }) {
  const say = (rule: Rule | undefined) => (rule ? <Sentence pieces={sentenceOf(rule, clash.part === "", names)} /> : "deleted");
  return (
    <Stack gap={4} align="flex-start">
      <Text size="sm">
        <b>{clash.name}</b>
      </Text>
      <Text size="sm">Theirs: {say(clash.theirs)}</Text>
      <Text size="sm">Yours: {say(clash.mine)}</Text>
      <Button size="compact-sm" variant="default" onClick={take}>
        Use theirs
        <span className="hidden"> for {clash.name}</span>
      </Button>
    </Stack>
  );
}
