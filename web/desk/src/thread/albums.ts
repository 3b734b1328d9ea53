import type { Message } from "../api/types";

/** AlbumPlace is the place of a picture among those that a customer sent together. */
export interface AlbumPlace {
  id: string;
  index: number;
  total: number;
}

/** albumPlace returns a picture's place in its album, or null if it was sent alone. */
export function albumPlace(m: Message): AlbumPlace | null {
  const set = m.data?.["image_set"] as Partial<Record<keyof AlbumPlace, unknown>> | undefined;
  if (typeof set?.id !== "string" || typeof set.index !== "number" || typeof set.total !== "number") return null;
  return { id: set.id, index: set.index, total: set.total };
}

const together = 60_000; // a picture that comes later is a message of its own

/**
 * orderAlbums puts the pictures of each album into the order in which they were
 * chosen. Providers send each as it was uploaded. A picture that is missing holds nothing.
 */
export function orderAlbums(messages: Message[]): Message[] {
  const albums: number[][] = [];
  let current = new Map<string, { at: number[]; last: number }>();
  messages.forEach((m, i) => {
    if (m.direction === "out" && !m.automated) current = new Map(); // what was answered stays where it was read
    const place = m.direction === "in" ? albumPlace(m) : null;
    if (!place) return;
    const time = new Date(m.created_at).getTime();
    let album = current.get(place.id);
    if (!album || time - album.last > together) {
      album = { at: [], last: time };
      current.set(place.id, album);
      albums.push(album.at);
    }
    album.at.push(i);
    album.last = time;
  });
  const mixed = albums.filter((at) => at.length > 1);
  if (mixed.length === 0) return messages;
  const out = [...messages];
  for (const at of mixed) {
    const pictures = at.flatMap((i) => messages[i] ?? []).sort((a, b) => (albumPlace(a)?.index ?? 0) - (albumPlace(b)?.index ?? 0));
    at.forEach((i, n) => {
      const picture = pictures[n];
      if (picture) out[i] = picture;
    });
  }
  return out;
}
