import { Client } from "./client.ts";
import type { Agent } from "./rig.ts";
import { patience } from "./speed.ts";

export interface Said {
  id: string;
  seq: number;
  direction: string;
  text: string;
  type: string;
  automated: string | null;
  attachments: { id: string; name: string }[] | null;
}

export interface Conversation {
  id: string;
  state: string;
  [more: string]: unknown;
}

interface Heard {
  kind: string;
  data: Record<string, unknown>;
}

/** Desk is an agent at work over the API: present, and told of what happens. */
export class Desk {
  private readonly heard: Heard[] = [];
  private readonly taken = new Set<string>();
  private waiters: (() => void)[] = [];
  private stop: () => void = () => undefined;

  private constructor(readonly client: Client) {}

  static async open(agent: Agent): Promise<Desk> {
    const desk = new Desk(await Client.signIn(agent));
    desk.stop = await desk.client.listen((kind, data) => {
      desk.heard.push({ kind, data });
      const waiting = desk.waiters;
      desk.waiters = [];
      for (const w of waiting) w();
    });
    return desk;
  }

  close(): void {
    this.stop();
  }

  /** hears waits for an event that fits, among those since the desk was opened. */
  async hears<T>(what: string, fits: (h: Heard) => T | undefined): Promise<T> {
    let from = 0;
    const late = Date.now() + patience(30_000);
    for (;;) {
      for (; from < this.heard.length; from++) {
        const found = fits(this.heard[from] as Heard);
        if (found !== undefined) return found;
      }
      const left = late - Date.now();
      if (left <= 0) throw new Error(`not in time: ${what}; heard: ${this.heard.map((h) => h.kind).join(" ")}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiters.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** accept takes the next offer that is made. */
  async accept(): Promise<string> {
    const [conversation, offer] = await this.hears("an offer", ({ data }) => {
      const id = (data.data as { offer_id?: string } | undefined)?.offer_id;
      const conv = data.conversation_id as string;
      return id && !this.taken.has(id) && data.agent_id ? ([conv, id] as const) : undefined;
    });
    this.taken.add(offer);
    await this.client.do("POST", `/v1/conversations/${conversation}/accept`, { offer_id: offer });
    return conversation;
  }

  says(conversation: string, text: string, more: Record<string, unknown> = {}): Promise<Said> {
    return this.client.do(
      "POST",
      `/v1/conversations/${conversation}/messages`,
      { text, ...more },
      { "Idempotency-Key": crypto.randomUUID() },
    );
  }

  /** does gives a command: end, close, park, … */
  does(conversation: string, command: string): Promise<Conversation> {
    return this.client.do("POST", `/v1/conversations/${conversation}/${command}`);
  }

  types = (conversation: string) => this.client.do("POST", `/v1/conversations/${conversation}/typing`);
  reads = (conversation: string, seq: number) => this.client.do("PUT", `/v1/conversations/${conversation}/read`, { seq });

  conversation = (id: string) => this.client.do<Conversation>("GET", `/v1/conversations/${id}`);

  async thread(conversation: string): Promise<Said[]> {
    return (await this.client.do<{ items: Said[] }>("GET", `/v1/conversations/${conversation}/messages?limit=200`)).items;
  }
}
