import { type RefObject, useEffect, useRef, useState } from "react";

const most = 250; // rows that are all rendered
const beyond = 12; // rows that are rendered above and below what one sees

export interface Windowed<E extends HTMLElement> {
  list: RefObject<E | null>; // around the rows
  rows: number[]; // that are rendered
  before: number; // height of those above, which are not
  after: number;
}

interface Seen {
  first: number;
  last: number;
  height: number; // of a row, on average
}

/** useWindow renders of a long list in a page what is near the part that one sees. Rows have their place as data-index. */
export function useWindow<E extends HTMLElement>(count: number, usual: number): Windowed<E> {
  const list = useRef<E>(null);
  const [seen, setSeen] = useState<Seen>({ first: 0, last: most, height: usual });
  const long = count > most;
  useEffect(() => {
    const page = list.current?.closest<HTMLElement>(".page");
    if (!long || !page) return;
    let frame = 0;
    const look = () => {
      frame = 0;
      const element = list.current;
      if (element) setSeen((was) => seenOf(element, page, was));
    };
    const later = () => (frame ||= requestAnimationFrame(look));
    later();
    page.addEventListener("scroll", later, { passive: true });
    const observer = new ResizeObserver(later); // what stands above the list grows and shrinks, too
    for (const element of [page, ...page.children]) observer.observe(element);
    return () => {
      cancelAnimationFrame(frame);
      page.removeEventListener("scroll", later);
      observer.disconnect();
    };
  }, [long, count]);
  if (!long) return { list, rows: Array.from({ length: count }, (_, i) => i), before: 0, after: 0 };
  const last = Math.min(count, seen.last);
  const first = Math.max(0, Math.min(seen.first, last - 1));
  const rows = Array.from({ length: last - first }, (_, i) => first + i);
  return { list, rows, before: first * seen.height, after: (count - last) * seen.height };
}

function seenOf(list: HTMLElement, page: HTMLElement, was: Seen): Seen {
  const shown = [...list.querySelectorAll<HTMLElement>("[data-index]")];
  const [top, bottom] = [shown[0]?.getBoundingClientRect().top, shown.at(-1)?.getBoundingClientRect().bottom];
  if (top === undefined || bottom === undefined) return was;
  const average = (bottom - top) / shown.length;
  // The height is kept while it is about right: what stands above would move with it.
  const height = Math.abs(average - was.height) > was.height / 4 ? Math.max(1, Math.round(average)) : was.height;
  const begin = list.getBoundingClientRect().top - page.getBoundingClientRect().top;
  const first = Math.max(0, Math.floor(-begin / height) - beyond);
  const last = Math.ceil((page.clientHeight - begin) / height) + beyond;
  const same = first === was.first && last === was.last && height === was.height;
  return same ? was : { first, last: Math.max(last, 1), height };
}
