'use client';
import { useEffect, useRef } from 'react';
import type { Tier } from '#copy/status-copy.ts';

/** The page's heading. Takes the focus when the answer changes what is known of the money, and only then. */
export function VerdictTitle({ title, tier, display = false }: { title: string; tier: Tier; display?: boolean }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const shown = useRef(tier);
  useEffect(() => {
    if (shown.current === tier) return;
    shown.current = tier;
    heading.current?.focus();
  }, [tier]);
  // Each sentence on its own line: the money first.
  const [first, ...rest] = title.split(/(?<=\.)(?<!\bNo\.) +/);
  return (
    <h1 ref={heading} tabIndex={-1} className={display ? 'text-display' : undefined}>
      {first}
      {rest.length > 0 && (
        <>
          {' '}
          <br />
          {rest.join(' ')}
        </>
      )}
    </h1>
  );
}
