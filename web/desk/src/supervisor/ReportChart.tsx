import { Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";

import type { Bucket } from "./period";
import { partText, type QueueReport } from "./report";

interface Part {
  at: string;
  answered: number;
  abandoned: number;
}

/** partsOf adds up the queues of each part of the time. */
export function partsOf(items: QueueReport["items"]): Part[] {
  const parts = new Map<string, Part>();
  for (const r of items) {
    const p = parts.get(r.at) ?? { at: r.at, answered: 0, abandoned: 0 };
    parts.set(r.at, { at: r.at, answered: p.answered + r.answered, abandoned: p.abandoned + r.abandoned });
  }
  return [...parts.values()].sort((a, b) => a.at.localeCompare(b.at));
}

const height = 200;

/** ReportChart shows answered and abandoned conversations over time; the table below has the numbers. */
export function ReportChart({ of }: { of: QueueReport }) {
  const { ref, width } = useElementSize();
  const wide = Math.max(280, Math.floor(width) || 600);
  const parts = partsOf(of.items);
  const top = Math.max(1, ...parts.map((p) => p.answered + p.abandoned));
  const scale = (height - 36) / top;
  const step = (wide - 40) / Math.max(1, parts.length);
  const bar = Math.max(1, Math.min(48, step * 0.7));
  return (
    <figure style={{ margin: 0 }} aria-label="Answered and abandoned over time. The numbers are in the table below.">
      <div ref={ref} aria-hidden>
        <svg className="report-chart" viewBox={`0 0 ${String(wide)} ${String(height)}`}>
          <line x1={36} x2={wide} y1={height - 24} y2={height - 24} />
          <text x={30} y={20} textAnchor="end">
            {top}
          </text>
          <text x={30} y={height - 22} textAnchor="end">
            0
          </text>
          {parts.map((p, i) => {
            const x = 40 + step * i + (step - bar) / 2;
            const base = height - 24;
            return (
              <g key={p.at}>
                <rect className="answered-bar" x={x} width={bar} y={base - p.answered * scale} height={p.answered * scale} />
                <rect
                  className="abandoned-bar"
                  x={x}
                  width={bar}
                  y={base - (p.answered + p.abandoned) * scale}
                  height={p.abandoned * scale}
                />
                {(i === 0 || i === parts.length - 1) && (
                  <text x={i === 0 ? 40 : wide} y={height - 6} textAnchor={i === 0 ? "start" : "end"}>
                    {partText(p.at, of.bucket as Bucket)}
                  </text>
                )}
              </g>
            );
          })}
        </svg>
      </div>
      <Group gap="md" component="figcaption">
        <Legend className="answered-bar" label="Answered" />
        <Legend className="abandoned-bar" label="Abandoned (on top)" />
      </Group>
    </figure>
  );
}

const Legend = ({ className, label }: { className: string; label: string }) => (
  <Text size="sm">
    <svg width="14" height="12" aria-hidden className="report-chart" style={{ display: "inline", width: 14, height: 12 }}>
      <rect className={className} width="12" height="12" />
    </svg>{" "}
    {label}
  </Text>
);
