import { lazy, type ReactNode, Suspense, useState } from "react";

import type { Conversation } from "../api/types";
import { useShortcut } from "../keys/shortcuts";

const Consult = lazy(() => import("../consult/ConsultDialog").then((m) => ({ default: m.ConsultDialog })));
const Snooze = lazy(() => import("../snooze/SnoozeDialog").then((m) => ({ default: m.SnoozeDialog })));
const Transfer = lazy(() => import("./TransferDialog").then((m) => ({ default: m.TransferDialog })));

type Dialog = "transfer" | "snooze" | "consult";

interface Dialogs {
  actions: Partial<Record<Dialog, () => void>>; // that are possible now
  dialog: ReactNode;
}

/** useDialogs are the dialogs of the agent who has a conversation: to transfer it, snooze it, or ask for advice. */
export function useDialogs(c: Conversation | undefined, idle: boolean, back: () => void): Dialogs {
  const [opened, open] = useState<Dialog | null>(null);
  const goesOn = idle && (c?.state === "active" || c?.state === "waiting");
  const actions: Dialogs["actions"] = {};
  if (goesOn) actions.transfer = () => open("transfer");
  if (goesOn && c.style !== "live") actions.snooze = () => open("snooze");
  if (goesOn && c.state === "active") actions.consult = () => open("consult");
  useShortcut("t", () => open("transfer"), goesOn);
  const close = () => open(null);
  const dialog = c && (
    <Suspense>
      {opened === "transfer" && <Transfer c={c} opened close={close} done={back} />}
      {opened === "snooze" && <Snooze c={c} close={close} done={back} />}
      {opened === "consult" && <Consult c={c} close={close} />}
    </Suspense>
  );
  return { actions, dialog };
}
