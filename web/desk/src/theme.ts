import { createTheme, type MantineColorsTuple } from "@mantine/core";

// One accent: a deep cyan whose text is readable on white and on dark.
const line: MantineColorsTuple = [
  "#e6f7f9",
  "#d3ebef",
  "#a8d7de",
  "#79c1cc",
  "#52aebc",
  "#3aa1b1",
  "#2b9bac",
  "#1a8798",
  "#0b7285",
  "#006674",
];

export const theme = createTheme({
  colors: { line },
  primaryColor: "line",
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  headings: { fontWeight: "650" },
});
