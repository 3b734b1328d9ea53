import { useSyncExternalStore } from "react";

import { localStore } from "./localStore";

/** Prefs are an agent's settings in this browser. */
export interface Prefs {
  sound: boolean;
  desktop: boolean; // notifications of the system
  enterSends: boolean;
  shortcuts: boolean; // single letters
}

const store = localStore<Prefs>("prefs", { sound: true, desktop: false, enterSends: true, shortcuts: true });

export const prefs = store.get;
export const setPref = (change: Partial<Prefs>): void => store.change((p) => ({ ...p, ...change }));
export const usePrefs = (): Prefs => useSyncExternalStore(store.subscribe, store.get);
