import type { Locator, Page } from "@playwright/test";

/** Effort is what a part of the work took. */
export interface Effort {
  step: string;
  clicks: number; // and pressed keys that send something
  fields: number;
  seconds: number;
}

/** Hand does what a person does with mouse and keyboard, and counts it by step. */
export class Hand {
  readonly efforts: Effort[] = [];
  private now: Effort = { step: "", clicks: 0, fields: 0, seconds: 0 };

  constructor(public page: Page) {}

  /** step does a part of the work, at which the time runs. */
  async step<T>(step: string, work: () => Promise<T>): Promise<T> {
    this.now = { step, clicks: 0, fields: 0, seconds: 0 };
    this.efforts.push(this.now);
    const began = Date.now();
    const out = await work();
    this.now.seconds = Math.round((Date.now() - began) / 100) / 10;
    return out;
  }

  async click(on: Locator): Promise<void> {
    await on.click();
    this.now.clicks++;
  }
  button = (name: string | RegExp) => this.click(this.page.getByRole("button", { name }).first());
  link = (name: string | RegExp) => this.click(this.page.getByRole("link", { name }).first());

  async type(into: Locator, text: string): Promise<void> {
    await into.fill(text);
    this.now.fields++;
  }
  /** field fills a field in. */
  field = (label: string, text: string, within: Locator = this.page.locator("form")) => this.type(within.getByLabel(label).first(), text);

  async choose(of: Locator, label: string): Promise<void> {
    await of.selectOption({ label });
    this.now.fields++;
  }

  /** enter sends what was typed. */
  async enter(in_: Locator): Promise<void> {
    await in_.press("Enter");
    this.now.clicks++;
  }

  /** copies presses a button that copies, and returns what it stands beside. */
  async copies(what: string, at = 0): Promise<string> {
    const box = this.page.locator(".copyable").filter({ hasText: `Copy ${what}` });
    const text = (await box.nth(at).locator("code, pre").textContent()) ?? "";
    await this.click(box.nth(at).getByRole("button"));
    return text;
  }
}
