'use client';
import { useEffect, useRef } from 'react';
import { PageLink } from '#frame/page-link.tsx';
import type { JustBought } from './add-copy.ts';

interface SecondCopyProps {
  readonly bought: JustBought;
  readonly number: number;
  readonly busy: boolean;
  readonly onYes: () => Promise<void>;
}

/** Asks whoever has just bought this print whether they mean a second copy. Takes the focus: nothing goes on before it. */
export function SecondCopy({ bought, number, busy, onYes }: SecondCopyProps) {
  const box = useRef<HTMLElement>(null);
  useEffect(() => box.current?.focus(), []);
  const numbers = bought.numbers.map((no) => `No. ${no}`).join(', ');
  return (
    <section ref={box} className="notice" tabIndex={-1} aria-labelledby="second-copy">
      <div>
        <h2 id="second-copy" className="font-medium text-body">
          You have just bought {numbers} of this print.
        </h2>
        <p className="text-ink-2">It is paid, and yours. Do you want a second copy?</p>
        <div className="flex flex-wrap items-center gap-2 pt-3 pb-1">
          <button type="button" className="btn btn-s" aria-disabled={busy} onClick={() => void onYes()}>
            Yes, add No. {number} too
          </button>
          <PageLink className="btn btn-line btn-s" href={`/orders/${bought.orderId}`}>
            No, show my order
          </PageLink>
        </div>
      </div>
    </section>
  );
}
