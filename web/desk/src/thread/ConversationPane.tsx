import { Alert, Button } from "@mantine/core";
import { useNavigate, useRouter } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";

import type { Conversation } from "../api/types";
import { allowedCommands, deferredMessages, notifyCommandError, runCommand, useCommand, type Command } from "../commands/commands";
import { defer, notifyWithUndo, useDeferred } from "../commands/deferred";
import { Composer } from "../composer/Composer";
import { updateDraft } from "../composer/drafts";
import { customerName } from "../conversation/labels";
import { markSeen } from "../conversation/unread";
import { useShortcut } from "../keys/shortcuts";
import { knownConversations } from "../live/store";
import { sendRead } from "../live/typing";
import { useConversation } from "../live/useConversations";
import { useMe } from "../session/session";
import "../tags/tags.css";
import { notify } from "../ui/notify";
import { LoadError, SkeletonRows } from "../ui/States";
import { Thread } from "./Thread";
import { ThreadHeader } from "./ThreadHeader";
import { useDialogs } from "./useDialogs";

const Labels = lazy(() => import("../tags/ThreadLabels").then((m) => ({ default: m.ThreadLabels })));
const Consultations = lazy(() => import("../consult/ConsultPane").then((m) => ({ default: m.ConsultPane })));
const TransferNotice = lazy(() => import("../tags/TransferNotice").then((m) => ({ default: m.TransferNotice })));

/** ConversationPane is a thread with its header and its composer. */
export function ConversationPane({ id, about, wide }: { id: string; about: () => void; wide: boolean }) {
  const me = useMe();
  const go = useNavigate();
  const { c, error, retry } = useConversation(id);
  const back = () => void go({ to: "/", search: (s) => s });
  const mine = c?.agent?.id === me.agent?.id;
  const joined = c?.participants.some((p) => p.agent_id === me.agent?.id && p.stage === "joined") ?? false;
  const { allowed, run, busy, deferred } = useCommands(id, c, mine, back);
  const { actions, dialog } = useDialogs(c, mine && !deferred, back);
  useMarkSeen(id, c?.inbound_seq ?? 0, mine && c !== undefined && ["webchat", "messenger", "instagram", "whatsapp"].includes(c.channel));

  useTitle(c);

  if (!c) {
    return (
      <section className="thread" aria-label="Conversation">
        {error ? (
          <>
            <LoadError what="Could not load the conversation" error={error} retry={retry} />
            <Button variant="subtle" mx="md" onClick={back}>
              Back to inbox
            </Button>
          </>
        ) : (
          <SkeletonRows n={8} h={44} />
        )}
      </section>
    );
  }
  return (
    <section className="thread" aria-label={`Conversation with ${customerName(c)}`}>
      <ThreadHeader
        c={c}
        allowed={allowed}
        run={run}
        {...actions}
        busy={busy}
        deferred={deferred}
        showCustomer={wide ? undefined : about}
        back={back}
      />
      <div className="thread-labels" role="group" aria-label="Priority and tags">
        <Suspense>
          <Labels c={c} />
        </Suspense>
      </div>
      {c.account_paused && (
        <Alert color="red" radius={0} py={6}>
          Sending through {c.account.name} is paused. Ask an administrator to check the account.
        </Alert>
      )}
      <Suspense>{c.transfer && <TransferNotice transfer={c.transfer} />}</Suspense>
      <Thread c={c} />
      <Suspense>{c.participants.length > 0 && <Consultations c={c} mine={mine} />}</Suspense>
      {dialog}
      <Composer
        c={c}
        mine={mine}
        joined={joined}
        resume={allowed.includes("resume") ? () => run("resume") : undefined}
        pick={allowed.includes("pick") ? () => run("pick") : undefined}
      />
    </section>
  );
}

/** useCommands are what the agent can do with the conversation, by buttons and keys, and what follows from it. */
function useCommands(id: string, c: Conversation | undefined, mine: boolean, back: () => void) {
  const go = useNavigate();
  const router = useRouter();
  // The answer may come when the agent has gone on to another conversation.
  const stillOpen = () => router.state.location.pathname.endsWith(`/c/${id}`);
  const command = useCommand(id, (what) => {
    if (what === "pick" || what === "resume") {
      updateDraft(id, { mode: "reply" });
      if (stillOpen()) void go({ to: ".", search: { view: "mine" } });
    }
    if (what === "park") {
      if (stillOpen()) back();
      notifyWithUndo("Conversation parked", "Undo", () => {
        void go({ to: "/c/$id", params: { id }, search: { view: "mine" } });
        void runCommand(id, "resume").catch((e: unknown) => notifyCommandError("resume", e));
      });
    }
  });
  const allowed = c ? allowedCommands(c, mine) : [];
  const deferred = useDeferred(id);
  const run = (what: Command) => {
    if (command.isPending || deferred) return;
    if (what === "close" && c?.disposition_required && !c.disposition) {
      notify("Choose a disposition before you close the conversation.");
      document.getElementById("disposition")?.focus();
      return;
    }
    if (!deferredMessages[what]) {
      command.mutate(what);
      return;
    }
    const open = () => void go({ to: "/c/$id", params: { id }, search: (s) => s });
    deferCommand(id, what, open);
    if (what !== "end") back();
  };
  useShortcut("p", () => run("park"), allowed.includes("park"));
  useShortcut("e", () => run(allowed.includes("close") ? "close" : "end"), allowed.includes("end") || allowed.includes("close"));
  return { allowed, run, busy: command.isPending ? command.variables : undefined, deferred };
}

/** useTitle names the page after the customer. */
function useTitle(c: Conversation | undefined): void {
  useEffect(() => {
    document.title = c ? `${customerName(c)} · Switchboard` : "Switchboard";
    return () => {
      document.title = "Switchboard";
    };
  }, [c]);
}

/** deferCommand runs a command after some seconds, unless it is undone, or the customer writes before an end. */
function deferCommand(id: string, what: Command, open: () => void): void {
  const seqBefore = knownConversations()[id]?.inbound_seq ?? 0;
  const run = async (leaving: boolean) => {
    if (what === "end" && (knownConversations()[id]?.inbound_seq ?? 0) > seqBefore) {
      notify("The customer wrote again, so the conversation stays open.");
      return;
    }
    await runCommand(id, what, leaving).catch((e: unknown) => notifyCommandError(what, e));
  };
  defer(id, what, deferredMessages[what] ?? "", run, open);
}

/** useMarkSeen marks the customer's messages as seen while the page is visible. */
function useMarkSeen(id: string, seq: number, tellCustomer: boolean): void {
  useEffect(() => {
    const look = () => {
      if (document.visibilityState !== "visible" || seq === 0) return;
      markSeen(id, seq);
      if (tellCustomer) sendRead(id, seq);
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [id, seq, tellCustomer]);
}
