import { createContext, useContext } from "react";

import type { Status } from "./stream";

/** LiveState is the state of this tab's event stream. */
export interface LiveState {
  status: Status;
  ready: boolean; // lists may be read: nothing after that is missed
  isLeader(): boolean;
  signOut(): void; // at sign-out
}

export const LiveContext = createContext<LiveState | null>(null);

export function useLive(): LiveState {
  const live = useContext(LiveContext);
  if (!live) throw new Error("nobody is signed in");
  return live;
}
