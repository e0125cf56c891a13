'use client';
import { type ReactNode, useEffect, useRef } from 'react';
import type { StatusId, Tier } from '#copy/status-copy.ts';
import { type Facts, wordsFor } from '#copy/words.ts';
import { Dot, type DotKind } from '#frame/dot.tsx';

const TIER_DOTS: Readonly<Record<Tier, DotKind>> = { 'not-charged': 'none', unknown: 'ask', 'charged-once': 'sold' };
const TIER_WORDS: Readonly<Record<Tier, string>> = {
  'not-charged': 'Not charged',
  unknown: 'Not known yet',
  'charged-once': 'Charged once',
};

export const dotOf = (id: StatusId, tier: Tier): DotKind =>
  id === 'refunded' || id === 'returned' ? 'back' : TIER_DOTS[tier];
export const tierWords = (tier: Tier): string => TIER_WORDS[tier];

interface StatusNoticeProps {
  readonly id: StatusId;
  readonly facts: Facts;
  /** Said after the words of the status. */
  readonly note?: string | undefined;
  /** A refusal takes the focus when it appears; what is under way is only announced. */
  readonly focus?: boolean;
  /** What can be done. */
  readonly children?: ReactNode;
}

/** What is true of a payment, in the words that belong to it. */
export function StatusNotice({ id, facts, note, focus = false, children }: StatusNoticeProps) {
  const { tier, title, body } = wordsFor(id, facts);
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (focus) box.current?.focus();
  }, [focus]);
  return (
    <section
      ref={box}
      className="notice"
      tabIndex={-1}
      aria-label={title}
      aria-live={tier === 'unknown' ? 'polite' : undefined}
    >
      <Dot kind={dotOf(id, tier)} size="l" />
      <div>
        <h2 className="font-medium text-body">{title}</h2>
        <p className="text-ink-2">
          {body} {note}
        </p>
        {children && <div className="flex flex-wrap items-center gap-2 pt-3 pb-1 empty:hidden">{children}</div>}
      </div>
    </section>
  );
}
