/** Where the running product is; test/e2e/web says so. */
export interface Rig {
  base: string;
  phones: string;
  control: string;
  /** An OpenID provider that knows the people of its example. */
  identity: string;
  admin: SignIn;
  /** Public key of the demo shop, which signs its visitors in. */
  shopKey: string;
}

export interface SignIn {
  email: string;
  password: string;
}

export interface Agent extends SignIn {
  id: string;
  name: string;
}

/** An organisation of a test's own: a queue, a workstream, a LINE and a Twilio account, and agents. */
export interface Site {
  n: number;
  queue: string;
  workstream: string;
  line: string;
  twilio: string;
  twilioAccount: string; // at the product
  sms: string; // our number
}

function read(): Rig {
  const text = process.env.SWITCHBOARD_E2E;
  if (!text) throw new Error("SWITCHBOARD_E2E is not set: run these tests with `go test ./test/e2e/web`");
  return JSON.parse(text) as Rig;
}

export const rig = read();

export async function call<T>(url: string, method = "GET", body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const resp = await fetch(url, {
    method,
    headers: body === undefined ? headers : { "Content-Type": "application/json", ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  });
  const text = await resp.text();
  if (!resp.ok) throw new Error(`${method} ${new URL(url).pathname}: ${String(resp.status)} ${text}`);
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** newSite makes an organisation; settings override its workstream's. */
export const newSite = (settings: Record<string, unknown> = {}) => call<Site>(`${rig.control}/sites`, "POST", settings);

/** newAgent adds an agent to the site's queue. They are present once they listen to events. */
export const newAgent = (site: Site, name: string, capacity = 3) =>
  call<Agent>(`${rig.control}/sites/${String(site.n)}/agents`, "POST", { name, capacity });

/** Network is a way to the product that can be cut, for one browser. */
export class Network {
  private constructor(
    private readonly n: number,
    readonly base: string,
  ) {}

  static async open(): Promise<Network> {
    const { n, base } = await call<{ n: number; base: string }>(`${rig.control}/networks`, "POST");
    return new Network(n, base);
  }

  /** cut resets and refuses connections. */
  cut = () => this.set("cut");
  /** silence keeps connections open and lets nothing through: nobody is told. */
  silence = () => this.set("silent");
  mend = () => this.set("");

  private set(state: string): Promise<unknown> {
    return call(`${rig.control}/networks/${String(this.n)}`, "PUT", { state });
  }
}

/** restart kills the product's process and starts it again; it answers when the product is ready. */
export const restart = () => call<undefined>(`${rig.control}/restart`, "POST");

/** Installation is a product of its own that nobody has set up yet: there is its first administrator, and nothing else. */
export interface Installation {
  n: number;
  base: string;
  phones: string;
}

/** newInstallation starts a product on a database of its own. */
export const newInstallation = () => call<Installation>(`${rig.control}/installations`, "POST");

/** endInstallation looks for what must not be in its histories and logs, and stops it. */
export const endInstallation = ({ n }: Installation) => call<unknown>(`${rig.control}/installations/${String(n)}`, "DELETE");
