import type { JSX } from "preact";

const icon =
  (d: string, width = 2) =>
  (): JSX.Element => (
    <svg
      viewBox="0 0 24 24"
      width="20"
      height="20"
      fill="none"
      stroke="currentColor"
      stroke-width={width}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={d} />
    </svg>
  );

export const Cross = icon("M6 6l12 12M18 6L6 18");
export const Plane = icon("M4 12l16-8-6 16-3-7-7-1z");
export const Clip = icon("M20 11l-8.5 8.5a5 5 0 0 1-7-7L13 4a3.3 3.3 0 0 1 4.7 4.7L9.3 17a1.7 1.7 0 0 1-2.4-2.4L14 7.5");
export const Dots = icon("M5 12h.01M12 12h.01M19 12h.01", 3.5);
export const Down = icon("M12 5v14M6 13l6 6 6-6");
export const Page = icon("M14 3H6v18h12V7zM14 3v4h4");
