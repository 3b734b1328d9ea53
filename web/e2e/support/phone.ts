import { call, rig, type Site } from "./rig.ts";

/** What a customer sees of a thread on their phone. */
export interface Line {
  id: string;
  text: string;
  buttons?: { label: string; data: string }[];
}

/** Phone is a customer's at the providers' stand-in. */
export class Phone {
  private constructor(
    private readonly id: string,
    private readonly phones = rig.phones,
  ) {}

  /** A new customer at the stand-in of another installation. */
  static async at(phones: string, how: { account: string; channel?: string; name?: string; to?: string }): Promise<Phone> {
    const { id } = await call<{ id: string }>(`${phones}/_sandbox/phones`, "POST", how);
    return new Phone(id, phones);
  }

  /** A new customer of the site on LINE. */
  static async line(site: Site, name: string): Promise<Phone> {
    const { id } = await call<{ id: string }>(`${rig.phones}/_sandbox/phones`, "POST", { account: site.line, name });
    return new Phone(id);
  }

  /** A new customer of the site on WhatsApp. */
  static async whatsapp(site: Site, name: string): Promise<Phone> {
    const at = { account: site.twilio, channel: "whatsapp", name };
    const { id } = await call<{ id: string }>(`${rig.phones}/_sandbox/phones`, "POST", at);
    return new Phone(id);
  }

  /** A customer of the site with a telephone. */
  static async sms(site: Site, number: string): Promise<Phone> {
    const { id } = await call<{ id: string }>(`${rig.phones}/_sandbox/phones`, "POST", {
      account: site.twilio,
      channel: "sms",
      number,
      to: site.sms,
    });
    return new Phone(id);
  }

  says = (text: string) => call<unknown>(`${this.phones}/_sandbox/phones/${this.id}/says`, "POST", { text });
  taps = (label: string, data: string) => call<unknown>(`${this.phones}/_sandbox/phones/${this.id}/button`, "POST", { label, data });
  /** unsends takes a message back. */
  unsends = (id: string) => call<unknown>(`${this.phones}/_sandbox/phones/${this.id}/unsend`, "POST", { message_id: id });
  reads = () => call<unknown>(`${this.phones}/_sandbox/phones/${this.id}/reads`, "POST", {});
  /** thread is empty while nothing was said. */
  thread = async () => ((await this.view()).thread as Line[] | undefined) ?? [];
  view = () => call<{ thread: Line[] }>(`${this.phones}/_sandbox/phones/${this.id}`);
}
