/** luminance of a colour as WCAG has it, from 0 to 1. */
function luminance(hex: string): number {
  const channel = (at: number) => {
    const c = parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

/** contrast of two colours written as #rrggbb, from 1 to 21; null if either is not one. */
export function contrast(a: string, b: string): number | null {
  if (![a, b].every((c) => /^#[0-9a-f]{6}$/i.test(c))) return null;
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
