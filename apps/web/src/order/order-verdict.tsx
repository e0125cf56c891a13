'use client';
import type { OrderView, Status } from '@once/checkout';
import { copyOf, factsOf } from '#copy/answer-copy.ts';
import { money } from '#copy/money.ts';
import { wordsFor } from '#copy/words.ts';
import { Dot } from '#frame/dot.tsx';
import { clock, useTimeZone } from '#frame/local-time.tsx';
import { OrderActions } from './order-actions.tsx';
import { dotOf, tierWords } from './status-notice.tsx';
import { VerdictTitle } from './verdict-title.tsx';

const MINUTE_MS = 60_000;

/** What is true of the money, why, and what can be done. */
export function OrderVerdict({ order, status }: { order: OrderView; status: Status }) {
  const timeZone = useTimeZone();
  const id = copyOf(status) ?? 'order_changed';
  const facts = {
    ...factsOf(status, status.holdUntil ? clock(status.holdUntil, timeZone) : undefined),
    minutes: minutesOpen(order),
  };
  const { tier, title, body } = wordsFor(id, facts);
  const [first, ...others] = order.lines;
  return (
    <div className="verdict">
      <div className="flex items-center gap-3.5">
        <Dot kind={dotOf(id, tier)} size="xl" />
        <span className="text-ink-2 text-small">{tierWords(tier)}</span>
      </div>
      <VerdictTitle title={title} tier={tier} />
      <output className="block text-ink-2 text-lead">{body}</output>
      <OrderActions id={id} status={status} words={wordsFor(id, facts).actions} />
      <dl className="facts border-rule border-t pt-4.5">
        <dt>Order</dt>
        <dd>
          {order.orderNumber}
          {first && `, ${first.title}, No. ${first.number} of ${first.editionCopies}`}
          {others.length > 0 && ` and ${others.length} more`}
        </dd>
        <dt>Amount</dt>
        <dd>{money(status.totalMinor, status.currency)}</dd>
        <dt>Payment number</dt>
        <dd className="mono">{paymentNumber(order)}</dd>
      </dl>
    </div>
  );
}

/** For the phone: which order, which attempt. */
export const paymentNumber = ({ orderNumber, attempts }: OrderView): string =>
  `${orderNumber}-${Math.max(1, attempts.length)}`;

/** Since when the bank has not given a clear answer. Null-safe for pages that are drawn after it has. */
function minutesOpen({ attempts }: OrderView): string | undefined {
  const open = attempts.find(({ state }) => state === 'open');
  return open && String(Math.max(1, Math.floor((Date.now() - open.openedAt.getTime()) / MINUTE_MS)));
}
