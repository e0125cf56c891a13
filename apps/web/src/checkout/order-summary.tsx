import { type ShippingMethod, type Totals, VAT_PERCENT } from '@once/checkout/pricing';
import type { ReactNode } from 'react';
import { PrintItem } from '#cart/cart-lines.tsx';
import { HoldTimer } from '#cart/hold-timer.tsx';
import { money } from '#copy/money.ts';
import { SHIPPING_WORDS } from './shipping-choice.tsx';
import type { Checkout } from './use-checkout.ts';
import type { Hold } from './use-extend.ts';

interface OrderSummaryProps {
  readonly checkout: Checkout;
  readonly totals: Totals;
  readonly method: ShippingMethod;
  readonly hold: Hold;
  /** A payment is on its way: the copies stay the shopper's until it has an answer, whatever the clock says. */
  readonly waiting: boolean;
  readonly onHoldEnd: () => void;
  /** The Pay button. */
  readonly children: ReactNode;
}

export function OrderSummary({ checkout, totals, method, hold, waiting, onHoldEnd, children }: OrderSummaryProps) {
  const { lines, state, holdUntil, nowMs } = checkout;
  return (
    <aside className="panel side grid gap-4" aria-label="Order summary">
      {state === 'open' && !waiting && (
        <HoldTimer until={holdUntil} nowMs={nowMs} onEnd={onHoldEnd} onExtend={hold.extend} />
      )}
      {waiting && <p className="text-small">Held for you until your bank has answered.</p>}
      {hold.refusal && (
        <p className="text-care text-small" role="alert">
          {hold.refusal}
        </p>
      )}
      <ul className="lines">
        {lines.map((line) => (
          <PrintItem key={`${line.slug} ${line.number}`} line={line} currency={totals.currency} />
        ))}
      </ul>
      {lines.length > 0 ? (
        <Sums totals={totals} method={method} count={lines.length} />
      ) : (
        <p className="text-ink-2">This checkout has ended. What was in it is in your cart.</p>
      )}
      {children}
    </aside>
  );
}

interface SumsProps {
  readonly totals: Totals;
  readonly method: ShippingMethod;
  readonly count: number;
}

function Sums({ totals, method, count }: SumsProps) {
  const { subtotalMinor, discountMinor, shippingMinor, taxMinor, totalMinor, currency } = totals;
  return (
    <dl className="sum border-rule border-t pt-4">
      <dt>{count === 1 ? 'Print' : 'Prints'}</dt>
      <dd>{money(subtotalMinor, currency)}</dd>
      {discountMinor > 0 && (
        <>
          <dt>Discount</dt>
          <dd>−{money(discountMinor, currency)}</dd>
        </>
      )}
      <dt>Shipping, {SHIPPING_WORDS[method].name.toLowerCase()}</dt>
      <dd>{money(shippingMinor, currency)}</dd>
      <dt className="text-ink-2">Includes VAT {VAT_PERCENT} %</dt>
      <dd className="text-ink-2">{money(taxMinor, currency)}</dd>
      <dt className="total">Total</dt>
      <dd className="total">{money(totalMinor, currency)}</dd>
    </dl>
  );
}

/** On a phone the summary is below the form; this line keeps what is bought, and for how much, in sight. */
export function FoldedSummary({ checkout, totals }: { checkout: Checkout; totals: Totals }) {
  const { lines } = checkout;
  const [first] = lines;
  if (!first) return null;
  return (
    <details className="mobsum">
      <summary>
        <span>{lines.length === 1 ? `${first.title}, No. ${first.number}` : `${lines.length} prints`}</span>
        <span className="font-medium">{money(totals.totalMinor, totals.currency)}</span>
      </summary>
      <ul>
        {lines.map((line) => (
          <PrintItem key={`${line.slug} ${line.number}`} line={line} currency={totals.currency} />
        ))}
      </ul>
    </details>
  );
}
