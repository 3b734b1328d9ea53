import { Alert, Text } from "@mantine/core";
import { IconMessageCircle } from "@tabler/icons-react";
import type { CSSProperties } from "react";

import type { Values } from "../form/fields";
import { contrast } from "./contrast";

const readableFrom = 4.5; // WCAG AA

/** Preview shows the chat as visitors see it with what is typed. */
export function Preview({ now }: { now: Values }) {
  const text = (name: string, otherwise = "") => String(now[`appearance.${name}`] || otherwise);
  const colors = { "--chat-color": text("color", "#0b5fff"), "--chat-text": text("text_color", "#ffffff") } as CSSProperties;
  const ratio = contrast(text("color"), text("text_color"));
  return (
    <aside aria-label="Preview" className="chat-preview" style={colors} data-position={text("position", "right")}>
      <Text size="sm" fw={600} mb="xs">
        Preview
      </Text>
      <div className="chat-panel" dir="auto">
        <div className="chat-head">
          {text("logo_url") && <span className="chat-logo" style={{ backgroundImage: `url("${encodeURI(text("logo_url"))}")` }} />}
          <div>
            <div className="chat-title">{text("title", "Chat with us")}</div>
            {text("subtitle") && <div className="chat-subtitle">{text("subtitle")}</div>}
          </div>
        </div>
        <div className="chat-log">
          <p className="chat-theirs">Hello! How can we help?</p>
          <p className="chat-mine">Where is my parcel?</p>
        </div>
        <div className="chat-field">Write a message …</div>
      </div>
      <div className="chat-launcher" aria-hidden>
        <IconMessageCircle size={26} />
      </div>
      {ratio !== null && ratio < readableFrom && (
        <Alert color="yellow" mt="sm" role="status">
          Hard to read: the contrast of text and colour is {ratio.toFixed(1)} : 1; {readableFrom} : 1 is readable.
        </Alert>
      )}
    </aside>
  );
}
