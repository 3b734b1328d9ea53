import type { Piece } from "./sentence";

/** Sentence shows what a rule does, with what was chosen emphasised. */
export function Sentence({ pieces }: { pieces: Piece[] }) {
  return pieces.map((p, i) =>
    typeof p === "string" ? (
      p
    ) : "strong" in p ? (
      <b key={i}>{p.strong}</b>
    ) : (
      <code key={i} className="rule-source">
        {p.code}
      </code>
    ),
  );
}
