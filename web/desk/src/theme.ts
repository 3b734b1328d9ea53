import { createTheme, type MantineColorsTuple, type MenuProps, type ModalProps } from "@mantine/core";

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

// The header of a dialog is no banner of the page. (Components are named here and not imported: not every page has dialogs.)
const dialog: Partial<ModalProps> = { attributes: { header: { role: "none" } }, closeButtonProps: { "aria-label": "Close" } };

export const theme = createTheme({
  colors: { line },
  primaryColor: "line",
  primaryShade: { light: 8, dark: 8 },
  autoContrast: true,
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif",
  components: {
    Modal: { defaultProps: dialog },
    Drawer: { defaultProps: dialog },
    // A menu has only its items in it, and stays in its part of the page.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, withinPortal: false } satisfies Partial<MenuProps> },
  },
  headings: { fontWeight: "650" },
});
