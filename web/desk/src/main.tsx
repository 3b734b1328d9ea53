import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./app.css";
import "./inbox/inbox.css";
import "./thread/thread.css";
import "./composer/composer.css";
import "./customer/customer.css";
import "./ui/sizes.css"; // last: it changes what the others say

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./app";
import { protectComposition } from "./keys/shortcuts";

protectComposition();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
