import type { Locator } from "@playwright/test";

/** A picture of one point. */
export const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

/** give drops or pastes a picture, as the browser would. */
export async function give(target: Locator, how: "drop" | "paste", name: string): Promise<void> {
  await target.evaluate(
    (at, [how, name, data]) => {
      const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type: "image/png" }));
      const init = { bubbles: true, cancelable: true, composed: true };
      at.dispatchEvent(
        how === "drop"
          ? new DragEvent("drop", { ...init, dataTransfer: transfer })
          : new ClipboardEvent("paste", { ...init, clipboardData: transfer }),
      );
    },
    [how, name, png.toString("base64")] as const,
  );
}
