'use client';
import type { Totals } from '@once/checkout/pricing';
import { money } from '#copy/money.ts';
import { Dot } from '#frame/dot.tsx';
import { useOnline } from '#frame/use-online.ts';
import type { Phase } from './use-pay.ts';

interface PayButtonProps {
  readonly totals: Totals;
  readonly phase: Phase;
  /** A payment of this order is on its way, from here or elsewhere. */
  readonly waiting: boolean;
  /** It is the bank that waits: for the shopper, on its own page. */
  readonly asked: boolean;
  readonly possible: boolean;
}

/** Submits the checkout's form. Never `disabled`: focus would be lost with it, and the key is what makes it safe. */
export function PayButton({ totals, phase, waiting, asked, possible }: PayButtonProps) {
  const online = useOnline();
  const total = money(totals.totalMinor, totals.currency);
  if (waiting || phase === 'slow') {
    const says = asked
      ? 'Your bank waits for you to confirm. Nothing is charged before that.'
      : 'This is taking longer than usual. You may reload or close this page.';
    return <Busy label="Waiting for your bank" says={says} />;
  }
  if (phase === 'sending') return <Busy label={`Paying ${total}`} says="Sent. A second press sends nothing new." />;
  return (
    <>
      <button type="submit" form="checkout" className="btn btn-full" aria-disabled={!online || !possible}>
        {online ? `Pay ${total}` : 'Offline'}
      </button>
      {online ? (
        <p className="text-ink-2 text-small">Press it as often as you like. You are charged once.</p>
      ) : (
        <output className="block text-care text-small">
          {/* What was sent before the connection broke may have arrived: that must not be denied here. */}
          {phase === 'lost'
            ? 'You are offline. This page asks again by itself when you are back.'
            : 'You are offline. Nothing was sent. Pay works again when you are back.'}
        </output>
      )}
    </>
  );
}

function Busy({ label, says }: { label: string; says: string }) {
  return (
    <>
      <button type="submit" form="checkout" className="btn btn-full" aria-disabled="true" aria-busy="true">
        <Dot kind="ask" />
        {label}
      </button>
      <output className="block text-ink-2 text-small">{says}</output>
    </>
  );
}
