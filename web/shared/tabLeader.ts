/**
 * TabLeader lets the tabs of one site share one connection to the server: the one that
 * holds a lock of the browser leads, and passes on to the others what it receives. The
 * browser frees the lock when the leader's tab goes, however it goes.
 */
export class TabLeader<T> {
  private readonly channel: BroadcastChannel | undefined;
  private lastHeard = Date.now();
  leading = false;

  constructor(
    private readonly name: string,
    receive: (message: T) => void,
    private readonly silenceLimit?: number, // ms without a word of the leader, after which another tab leads as well
  ) {
    if (typeof BroadcastChannel === "undefined") return;
    this.channel = new BroadcastChannel(name);
    this.channel.onmessage = (e: MessageEvent<T>) => {
      this.lastHeard = Date.now();
      receive(e.data);
    };
  }

  send(what: T): void {
    this.channel?.postMessage(what);
  }

  close(): void {
    this.channel?.close();
  }

  /** lead does the leader's work when it is this tab's turn, until the signal. */
  async lead(signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    let led = false;
    const lead = async () => {
      this.leading = led = true;
      await work(signal).finally(() => (this.leading = false));
    };
    if (!("locks" in navigator) || !this.channel) {
      await lead();
      return;
    }
    const turn = navigator.locks.request(this.name, { signal }, lead).catch(() => {
      if (!led && !signal.aborted) return lead(); // pages in a sandbox have no locks
    });
    await (this.silenceLimit ? Promise.race([turn, this.leaderless(this.silenceLimit, signal, lead)]) : turn);
  }

  /**
   * leaderless ends in this tab leading as well when the leader is silent:
   * phones put a tab to sleep without freeing its lock. Two leaders only cost a connection.
   */
  private async leaderless(limit: number, signal: AbortSignal, lead: () => Promise<void>): Promise<void> {
    this.lastHeard = Date.now();
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (this.leading || document.visibilityState === "hidden") this.lastHeard = Date.now();
        if (!signal.aborted && Date.now() - this.lastHeard < limit) return;
        clearInterval(look);
        resolve();
      }, 5_000);
    });
    if (!signal.aborted && !this.leading) await lead();
  }
}
