'use client';
import type { OrderView, Status } from '@once/checkout';
import { copyOf, factsOf, isOpen } from '#copy/answer-copy.ts';
import { money } from '#copy/money.ts';
import { wordsFor } from '#copy/words.ts';
import { Dot } from '#frame/dot.tsx';
import { clock, useTimeZone } from '#frame/local-time.tsx';
import { ByLink } from './by-link.tsx';
import { KeptTrue } from './kept-true.tsx';
import { OrderActions } from './order-actions.tsx';
import { dotOf, tierWords } from './status-notice.tsx';
import { VerdictTitle } from './verdict-title.tsx';

interface OrderVerdictProps {
  readonly order: OrderView;
  readonly status: Status;
  /** Since when the bank has not given a clear answer, by the server's clock. Undefined: it has. */
  readonly minutesOpen: number | undefined;
  readonly readOnly: boolean;
}

/** What is true of the money, why, and what can be done. */
export function OrderVerdict({ order, status, minutesOpen, readOnly }: OrderVerdictProps) {
  const timeZone = useTimeZone();
  const isChecked = status.answer === 'needs_review' && order.paidAt !== null;
  const id = isChecked ? 'order_review' : (copyOf(status) ?? 'order_changed');
  const facts = {
    ...factsOf(status, status.holdUntil ? clock(status.holdUntil, timeZone) : undefined),
    minutes: minutesOpen === undefined ? undefined : String(minutesOpen),
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
      {!readOnly && <OrderActions id={id} status={status} words={wordsFor(id, facts).actions} />}
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
      {readOnly ? <ByLink /> : <KeptTrue open={isOpen(status)} />}
    </div>
  );
}

/** For the phone: which order, which attempt. */
export const paymentNumber = ({ orderNumber, attempts }: OrderView): string =>
  `${orderNumber}-${Math.max(1, attempts.length)}`;
