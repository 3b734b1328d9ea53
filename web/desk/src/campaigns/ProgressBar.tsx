import { Group, Text } from "@mantine/core";

import { formatCount, progressParts } from "./labels";
import type { Campaign } from "./types";

/** ProgressBar shows recipients by status, as a bar and in numbers. */
export function ProgressBar({ c }: { c: Campaign }) {
  const all = progressParts(c);
  const total = Math.max(
    1,
    all.reduce((sum, p) => sum + p.n, 0),
  );
  const shown = all.filter((p) => p.n > 0);
  return (
    <figure className="chart" aria-label={`Progress: ${shown.map((p) => `${p.label} ${formatCount(p.n)}`).join(", ") || "no recipients"}`}>
      <div className="chart-bar" aria-hidden>
        {shown.map((p) => (
          <span key={p.label} style={{ flexGrow: p.n / total, background: p.color }} title={`${p.label}: ${formatCount(p.n)}`} />
        ))}
      </div>
      <Group gap="md" mt="xs" component="figcaption">
        {all.map((p) => (
          <Text key={p.label} size="sm" className="nowrap" c={p.n === 0 ? "dimmed" : undefined}>
            <span className="chart-key" style={{ background: p.color }} aria-hidden /> {p.label} <b>{formatCount(p.n)}</b>
          </Text>
        ))}
      </Group>
    </figure>
  );
}
