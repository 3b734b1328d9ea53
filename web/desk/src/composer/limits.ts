import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { SendLimits } from "../api/types";
import { queryKeys } from "../live/store";
import { formatBytes } from "../ui/time";
import type { Mode } from "./drafts";

/** useLimits loads what can be sent in a conversation. */
export function useLimits(id: string) {
  return useQuery({
    queryKey: queryKeys.detail(id, "limits"),
    queryFn: () => answer(api.GET("/v1/conversations/{id}/limits", { params: { path: { id } } })),
  });
}

/** excessInReply counts the characters over the channel's limit. Channels count UTF-16 code units, as length does. */
export const excessInReply = (text: string, l?: SendLimits): number =>
  l && l.max_text > 0 ? Math.max(0, text.trim().length - l.max_text) : 0;

const maxInternal = 4096; // of what colleagues read, in characters

/** excessCharacters counts the characters over a mode's limit. For internal texts the server counts code points. */
export const excessCharacters = (mode: Mode, text: string, l?: SendLimits): number =>
  mode === "reply" ? excessInReply(text, l) : Math.max(0, [...text].length - maxInternal);

/** fileLimitText describes which files can be sent, kinds with the same limit together. */
export function fileLimitText(l?: SendLimits): string {
  if (!l) return "";
  if (!l.files) return "This conversation does not support files.";
  const kinds = new Map<string, string[]>();
  for (const m of l.media.length > 0 ? l.media : [{ type: "*/*", max_bytes: l.max_file_bytes }]) {
    const size = formatBytes(Math.min(m.max_bytes, l.max_file_bytes));
    kinds.set(size, [...(kinds.get(size) ?? []), fileKind(m.type)]);
  }
  const any = l.media.every((m) => m.type === "*/*");
  const most = [...kinds].map(([size, names]) => `${any ? "" : `${anyOf(names)} `}up to ${size}`);
  return `${l.max_files === 1 ? "One file" : `Up to ${l.max_files} files`}: ${most.join("; ")}`;
}

const anyOf = (names: string[]): string => new Intl.ListFormat("en-GB", { type: "disjunction" }).format(new Set(names));

const kindNames: Record<string, string> = {
  "*/*": "other files",
  "image/*": "images",
  "video/*": "videos",
  "audio/*": "audio",
  "text/*": "text files",
  "text/plain": "text files",
  "text/vcard": "contact cards",
  "image/svg+xml": "SVG",
  "video/mp4": "MP4 video",
  "video/quicktime": "QuickTime video",
  "video/3gpp": "3GP video",
  "audio/mpeg": "MP3",
  "audio/mp4": "M4A",
  "audio/x-m4a": "M4A",
  "application/msword": "DOC",
  "application/vnd.ms-excel": "XLS",
  "application/vnd.ms-powerpoint": "PPT",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PPTX",
};

/** fileKind is the name that people use for a media type: JPEG, PDF, videos. */
function fileKind(type: string): string {
  const [top = "", sub = ""] = type.toLowerCase().split("/");
  const known = kindNames[`${top}/${sub}`];
  if (known) return known;
  if (/^[a-z0-9]{2,5}$/.test(sub)) return top === "video" ? `${sub.toUpperCase()} video` : sub.toUpperCase();
  return kindNames[`${top}/*`] ?? "some other files";
}

/** fileError says why a file cannot be sent, or returns null. */
export function fileError(file: File, have: number, l?: SendLimits): string | null {
  if (!l) return null; // the server will say
  if (!l.files) return "This conversation does not support files.";
  if (have >= l.max_files) return l.max_files === 1 ? "Only one file per message." : `Up to ${l.max_files} files per message.`;
  const is = `“${file.name}” is ${formatBytes(file.size)}.`;
  if (file.size > l.max_file_bytes) return `${is} The limit is ${formatBytes(l.max_file_bytes)}.`;
  const fits = l.media.filter((m) => matches(m.type, file.type));
  if (l.media.length > 0 && file.type !== "" && fits.length === 0)
    return `“${file.name}” has a file type that this channel does not support.`;
  if (fits.length > 0 && fits.every((m) => file.size > m.max_bytes))
    return `${is} This channel allows up to ${formatBytes(Math.max(...fits.map((m) => m.max_bytes)))}.`;
  return null;
}

const matches = (pattern: string, type: string): boolean =>
  pattern === "*/*" || pattern === type || (pattern.endsWith("/*") && type.startsWith(pattern.slice(0, -1)));
