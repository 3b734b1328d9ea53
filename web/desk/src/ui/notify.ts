import { notifications } from "@mantine/notifications";

import { errorMessage } from "../api/client";

/** notify shows a short message that goes away by itself. */
export function notify(message: string, color?: string): void {
  notifications.show({ message, color, autoClose: 5000, withBorder: true, closeButtonProps: { "aria-label": "Dismiss" } });
}

/** notifyError shows why an action failed. */
export function notifyError(title: string, error: unknown): void {
  notifications.show({
    title,
    message: errorMessage(error),
    color: "red",
    autoClose: 8000,
    withBorder: true,
    closeButtonProps: { "aria-label": "Dismiss" },
  });
}
