import { afterEach, describe, expect, it, vi } from "vitest";

import { errorMessage, Problem } from "../api/client";
import type { Me, ProblemDocument } from "../api/types";
import { queryClient, storeConversations } from "../live/store";
import { conversation, me } from "../testing/make";
import { allowedCommands, whyNotPicked } from "./commands";

afterEach(() => {
  vi.unstubAllGlobals();
  queryClient.clear();
});

describe("what can be done", () => {
  it("is parking where the customer may come back, and giving back where a live chat cannot wait", () => {
    expect(allowedCommands(conversation({ style: "messaging" }), true)).toEqual(["park", "end", "release"]);
    expect(allowedCommands(conversation({ style: "persistent" }), true)).toEqual(["park", "end", "release"]);
    expect(allowedCommands(conversation({ style: "live" }), true)).toEqual(["end", "release"]);
  });

  it("is nothing with what a colleague has, and taking what is offered to nobody", () => {
    expect(allowedCommands(conversation({ style: "live" }), false)).toEqual([]);
    expect(allowedCommands(conversation({ style: "live", state: "open", agent: null }), false)).toEqual(["pick"]);
  });
});

describe("a pick that was refused", () => {
  const refused = new Problem(404, {
    status: 404,
    code: "not_found",
    title: "Not found",
    detail: "There is no such conversation.",
  } as ProblemDocument);
  const why = async (now: Me | null, error: unknown = refused) => {
    storeConversations(conversation({ state: "open", agent: null, queue: { id: "q", name: "Support" } }));
    vi.stubGlobal("fetch", () =>
      now
        ? Promise.resolve(new Response(JSON.stringify(now), { headers: { "Content-Type": "application/json" } }))
        : Promise.reject(new TypeError("no network")),
    );
    return errorMessage(await whyNotPicked("c", error));
  };

  it("says that the agent is no member of the queue, also if they were when the page was opened", async () => {
    expect(await why(me({ queues: [] }))).toBe("You are not a member of the queue “Support”.");
  });

  it("says nothing that is not known", async () => {
    expect(await why(me())).toBe("There is no such conversation.");
    expect(await why(me({ role: "supervisor", queues: [] }))).toBe("There is no such conversation.");
    expect(await why(null)).toBe("There is no such conversation.");
    expect(await why(me({ queues: [] }), new Problem(503))).toContain("busy");
  });
});
