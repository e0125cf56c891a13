const SHAPES = { none: 'dot-none', ask: 'dot-ask', sold: 'dot-sold', back: 'dot-back' } as const;
const SIZES = { s: '', l: 'dot-l', xl: 'dot-xl' } as const;

/** ○ not charged · dashed: not known · ● charged once, sold · red ring: returned. Always beside words that say so. */
export type DotKind = keyof typeof SHAPES;

export function Dot({ kind, size = 's' }: { kind: DotKind; size?: keyof typeof SIZES }) {
  return <span className={`dot ${SHAPES[kind]} ${SIZES[size]}`} aria-hidden="true" />;
}
