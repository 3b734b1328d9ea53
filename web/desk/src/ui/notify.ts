import { notifications } from "@mantine/notifications";

import { sentence } from "../api/client";

/** tell shows a short message that goes away by itself. */
export function tell(message: string, color?: string): void {
  notifications.show({ message, color, autoClose: 5000, withBorder: true, closeButtonProps: { "aria-label": "Dismiss" } });
}

/** complain tells why something did not succeed. */
export function complain(title: string, error: unknown): void {
  notifications.show({
    title,
    message: sentence(error),
    color: "red",
    autoClose: 8000,
    withBorder: true,
    closeButtonProps: { "aria-label": "Dismiss" },
  });
}
