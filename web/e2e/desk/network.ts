import net from "node:net";
import { rig } from "../support/rig.ts";

/** Network is a way to the product that can be cut. */
export class Network {
  private readonly pairs = new Set<[net.Socket, net.Socket]>();
  private silent = false;

  private constructor(
    private readonly server: net.Server,
    readonly base: string,
  ) {
    server.on("connection", (near) => {
      if (this.silent) return void near.destroy();
      const to = new URL(rig.base);
      const far = net.connect(Number(to.port), to.hostname);
      const pair: [net.Socket, net.Socket] = [near, far];
      this.pairs.add(pair);
      const pass = (from: net.Socket, into: net.Socket) => {
        from.on("data", (data) => this.silent || into.write(data));
        from.on("error", () => into.destroy());
        from.on("close", () => {
          into.destroy();
          this.pairs.delete(pair);
        });
      };
      pass(near, far);
      pass(far, near);
    });
  }

  static async open(): Promise<Network> {
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new Network(server, `http://127.0.0.1:${String((server.address() as net.AddressInfo).port)}`);
  }

  /** silence lets nothing through what is connected, which nobody is told, and no new connection. */
  silence(): void {
    this.silent = true;
  }

  mend(): void {
    this.silent = false;
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  close(): void {
    this.mend();
    this.server.close();
  }
}
