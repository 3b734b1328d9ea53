import { Button, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";

/** Copyable shows a text to paste elsewhere, with a button that copies it. */
export function Copyable({ text, label, block }: { text: string; label: string; block?: boolean }) {
  return (
    <div className="copyable">
      {block ? <pre tabIndex={0}>{text}</pre> : <code>{text}</code>}
      <CopyButton value={text} timeout={3000}>
        {({ copied, copy }) => (
          <Button
            variant="default"
            onClick={copy}
            leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
            style={{ flexShrink: 0 }}
          >
            <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
            <span className="hidden"> {label}</span>
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
