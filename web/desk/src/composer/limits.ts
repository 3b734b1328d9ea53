import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { SendLimits } from "../api/types";
import { queryKeys } from "../live/store";
import { formatBytes } from "../ui/time";
import type { Mode } from "./drafts";

/** useLimits is what can be sent in a conversation. */
export function useLimits(id: string) {
  return useQuery({
    queryKey: queryKeys.about(id, "limits"),
    queryFn: () => answer(api.GET("/v1/conversations/{id}/limits", { params: { path: { id } } })),
  });
}

/** excessInReply is how many characters do not fit; a string's length is what the channels count. */
export const excessInReply = (text: string, l?: SendLimits): number =>
  l && l.max_text > 0 ? Math.max(0, text.trim().length - l.max_text) : 0;

const maxInternal = 4096; // of what colleagues read, in characters

/** excessCharacters is how many characters do not fit where a text goes; the server counts what colleagues read by characters. */
export const excessCharacters = (mode: Mode, text: string, l?: SendLimits): number =>
  mode === "reply" ? excessInReply(text, l) : Math.max(0, [...text].length - maxInternal);

/** fileLimitText says what files can be sent, before one is chosen. */
export function fileLimitText(l?: SendLimits): string {
  if (!l) return "";
  if (!l.files) return "Files cannot be sent here.";
  const most =
    l.media.length > 0
      ? l.media.map((m) => `${kind(m.type)} to ${formatBytes(Math.min(m.max_bytes, l.max_file_bytes))}`)
      : [`to ${formatBytes(l.max_file_bytes)}`];
  return `${l.max_files === 1 ? "One file" : `Up to ${l.max_files} files`}: ${[...new Set(most)].join(", ")}`;
}

const kind = (type: string): string =>
  type === "*/*" ? "any" : type.replace("/*", "").replace("application/", "").replace("image/", "").toUpperCase();

/** fileError says why a file cannot be sent, or nothing. */
export function fileError(file: File, have: number, l?: SendLimits): string | null {
  if (!l) return null; // the server will say
  if (!l.files) return "Files cannot be sent here.";
  if (have >= l.max_files) return l.max_files === 1 ? "One file at a time fits here." : `At most ${l.max_files} files fit in one message.`;
  if (file.size > l.max_file_bytes)
    return `“${file.name}” has ${formatBytes(file.size)}; at most ${formatBytes(l.max_file_bytes)} can be sent.`;
  const fits = l.media.filter((m) => matches(m.type, file.type));
  if (l.media.length > 0 && file.type !== "" && fits.length === 0) return `“${file.name}” is of a kind that this channel does not carry.`;
  if (fits.length > 0 && fits.every((m) => file.size > m.max_bytes))
    return `“${file.name}” has ${formatBytes(file.size)}; this channel carries ${formatBytes(Math.max(...fits.map((m) => m.max_bytes)))}.`;
  return null;
}

const matches = (pattern: string, type: string): boolean =>
  pattern === "*/*" || pattern === type || (pattern.endsWith("/*") && type.startsWith(pattern.slice(0, -1)));
