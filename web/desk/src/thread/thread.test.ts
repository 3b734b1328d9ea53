import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { act, createElement, type ReactNode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { LiveContext } from "../live/context";
import { queryClient, queryKeys, storeMessages, type Thread as Messages } from "../live/store";
import { resetState } from "../state/state";
import { conversation, message } from "../testing/make";
import { clearStores, setStoreOwner } from "../ui/localStore";
import { Thread } from "./Thread";

let root: Root;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  setStoreOwner("me");
  clearStores();
  queryClient.clear();
  queryClient.setQueryData<Messages>(queryKeys.thread("c"), { messages: [], hasOlder: false });
  queryClient.setQueryData(queryKeys.notes("c"), []);
  root = createRoot(document.body.appendChild(document.createElement("div")));
});
afterEach(async () => {
  await act(() => root.unmount());
  queryClient.clear();
  resetState();
  document.body.replaceChildren();
});

const show = () =>
  act(() => {
    const within = (...around: ((inner: ReactNode) => ReactNode)[]) =>
      around.reduceRight<ReactNode>((inner, wrap) => wrap(inner), createElement(Thread, { c: conversation() }));
    root.render(
      within(
        (inner) => createElement(MantineProvider, null, inner),
        (inner) => createElement(QueryClientProvider, { client: queryClient }, inner),
        (value) =>
          createElement(LiveContext, { value: { status: "open", ready: false, isLeader: () => true, signOut: () => undefined } }, value),
      ),
    );
  });

const pictures = () =>
  [...document.querySelectorAll(".bubble")].map((b) => `${b.querySelector("img")?.alt ?? ""} ${/\d of \d/.exec(b.textContent)?.[0] ?? ""}`);

const settled = (then: () => void) => act(() => vi.waitFor(then)); // the cache tells in its own time

describe("the thread", () => {
  it("shows an album in order while its pictures come one by one", async () => {
    await show();
    const picture = (seq: number, index: number) =>
      message(seq, {
        direction: "in",
        type: "image",
        text: "",
        data: { image_set: { id: "A", index, total: 3 } } as never,
        attachments: [
          {
            id: `f${seq}`,
            state: "stored",
            error_code: "",
            name: `${index}.jpg`,
            content_type: "image/jpeg",
            size: 1,
            url: "/f",
            preview_url: "/p",
          },
        ],
      });
    const come = (seq: number, index: number) => act(() => storeMessages("c", [picture(seq, index)]));
    await come(1, 3);
    await come(2, 1);
    await settled(() => expect(pictures()).toEqual(["1.jpg 1 of 3", "3.jpg 3 of 3"])); // the second is not waited for
    await come(3, 2);
    await settled(() => expect(pictures()).toEqual(["1.jpg 1 of 3", "2.jpg 2 of 3", "3.jpg 3 of 3"]));
  });
});
