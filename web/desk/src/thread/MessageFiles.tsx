import { Group, Loader, Text } from "@mantine/core";
import { IconAlertCircle, IconFile } from "@tabler/icons-react";

import type { Attachment, Message } from "../api/types";
import { formatBytes } from "../ui/time";

/** MessageFiles shows a message's images, audio, video and files. */
export function MessageFiles({ m }: { m: Message }) {
  if (m.attachments.length === 0) return null;
  return (
    <div className="files">
      {m.attachments.map((f) => (
        <MessageFile key={f.id} f={f} type={m.type} />
      ))}
    </div>
  );
}

function MessageFile({ f, type }: { f: Attachment; type: string }) {
  if (f.state === "pending") {
    return (
      <Group gap={6} className="file">
        <Loader size={14} aria-hidden /> <Text size="sm">Downloading the file…</Text>
      </Group>
    );
  }
  if (f.state === "failed") {
    return (
      <Group gap={6} className="file">
        <IconAlertCircle size={16} aria-hidden /> <Text size="sm">{reasons[f.error_code ?? ""] ?? "Could not download the file."}</Text>
      </Group>
    );
  }
  const name = f.name || (type === "sticker" ? "Sticker" : "Image");
  if (f.content_type.startsWith("image/") && f.preview_url) {
    return (
      <a href={f.url} target="_blank" rel="noreferrer" className="picture">
        <img src={f.preview_url} alt={name} loading="lazy" data-sticker={type === "sticker" || undefined} />
      </a>
    );
  }
  if (f.content_type.startsWith("audio/")) return <audio controls preload="none" src={f.url} aria-label={f.name || "Voice message"} />;
  if (f.content_type.startsWith("video/")) return <video controls preload="none" src={f.url} aria-label={f.name || "Video"} />;
  return (
    <a href={f.url} download={f.name || true} className="file">
      <IconFile size={18} aria-hidden />
      <span className="truncate">{f.name || "File"}</span>
      <Text span size="xs" c="dimmed" className="nowrap">
        {formatBytes(f.size)}
      </Text>
    </a>
  );
}

const reasons: Record<string, string> = {
  too_large: "The file exceeds the size limit.",
  blocked: "This file type is not allowed.",
  gone: "The provider no longer has the file.",
};
