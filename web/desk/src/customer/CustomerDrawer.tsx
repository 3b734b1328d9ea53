import { Drawer } from "@mantine/core";

import { CustomerPanel } from "./CustomerPanel";

/** CustomerDrawer shows the customer over the thread, where there is no room beside it. */
export function CustomerDrawer({ id, opened, close }: { id: string; opened: boolean; close: () => void }) {
  return (
    <Drawer opened={opened} onClose={close} position="right" title="Customer" size="sm" closeButtonProps={{ "aria-label": "Close" }}>
      <CustomerPanel key={id} id={id} />
    </Drawer>
  );
}
