import { ActionIcon, Group, Loader, Text } from "@mantine/core";
import { IconFile, IconX } from "@tabler/icons-react";
import { useRef, useState } from "react";

import { Problem, errorMessage } from "../api/client";
import type { Attachment, SendLimits } from "../api/types";
import { notify } from "../ui/notify";
import { formatBytes } from "../ui/time";
import { draftOf, updateDraft } from "./drafts";
import { fileError } from "./limits";

/** useAttachments uploads files for the next message as they are chosen. */
export function useAttachments(id: string, limits?: SendLimits) {
  const input = useRef<HTMLInputElement>(null);
  const [uploading, setUploading] = useState<string[]>([]);
  const add = (files: File[]) => {
    let have = draftOf(id).files.length + uploading.length;
    for (const file of files) {
      const why = fileError(file, have, limits);
      if (why) {
        notify(why, "red");
        continue;
      }
      have++;
      setUploading((u) => [...u, file.name]);
      upload(id, file)
        .then((a) => updateDraft(id, { files: [...draftOf(id).files, a] }))
        .catch((e: unknown) => notify(`“${file.name}”: ${errorMessage(e)}`, "red"))
        .finally(() => setUploading((u) => u.filter((n, i) => i !== u.indexOf(file.name) || n !== file.name)));
    }
  };
  return {
    add,
    uploading,
    busy: uploading.length > 0,
    pick: () => input.current?.click(),
    remove: (file: string) => updateDraft(id, { files: draftOf(id).files.filter((f) => f.id !== file) }),
    input: (
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-hidden
        onChange={(e) => {
          add([...(e.currentTarget.files ?? [])]);
          e.currentTarget.value = "";
        }}
      />
    ),
  };
}

export type Attachments = ReturnType<typeof useAttachments>;

/** upload posts a file as form data, which the generated client does not support. */
async function upload(id: string, file: File): Promise<Attachment> {
  const body = new FormData();
  body.append("file", file, file.name);
  let got: Response;
  try {
    got = await fetch(`/v1/conversations/${id}/attachments`, { method: "POST", body });
  } catch {
    throw new Problem(0);
  }
  if (!got.ok) throw new Problem(got.status, await got.json().catch(() => undefined));
  return (await got.json()) as Attachment;
}

/** AttachmentChips show the files attached to the draft. */
export function AttachmentChips({ files, uploading, remove }: { files: Attachment[]; uploading: string[]; remove: (id: string) => void }) {
  if (files.length + uploading.length === 0) return null;
  return (
    <Group gap={6} mb={6} role="list" aria-label="Attachments">
      {files.map((f) => (
        <Group key={f.id} gap={6} wrap="nowrap" className="chip" role="listitem">
          {f.preview_url ? <img src={f.preview_url} alt="" width={24} height={24} /> : <IconFile size={16} aria-hidden />}
          <Text size="xs" truncate maw={160}>
            {f.name}
          </Text>
          <Text size="xs" c="dimmed">
            {formatBytes(f.size)}
          </Text>
          <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove ${f.name}`} onClick={() => remove(f.id)}>
            <IconX size={14} />
          </ActionIcon>
        </Group>
      ))}
      {uploading.map((name, i) => (
        <Group key={`${name}-${i}`} gap={6} wrap="nowrap" className="chip" role="listitem">
          <Loader size={14} aria-label="Uploading" />
          <Text size="xs" truncate maw={160}>
            {name}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
