'use client';
import type { Status } from '@once/checkout';
import type { Route } from 'next';
import Link from 'next/link';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import type { StatusId } from '#copy/status-copy.ts';
import { CancelPayment } from './cancel-payment.tsx';

interface OrderActionsProps {
  readonly id: StatusId;
  readonly status: Status;
  readonly words: readonly string[];
}

/** What can be done: a record of all, so that words without a way on do not compile. */
const WAYS_ON = {
  in_progress: 'none',
  slow: 'none',
  refunded: 'none',
  succeeded: 'none',
  recovered: 'none',
  already_paid: 'none',
  needs_action: 'bank',
  outcome_unknown: 'ask',
  connection_lost: 'ask',
  order_changed: 'ask',
  needs_review: 'copy',
  order_review: 'copy',
  returned: 'prints',
  cancelled: 'cart',
  // A refusal: the checkout is still there, with everything in it, and a new press is a new attempt.
  offline: 'checkout',
  fields_invalid: 'checkout',
  not_sent: 'checkout',
  too_many: 'checkout',
  all_held: 'checkout',
  price_changed: 'checkout',
  promotion_ended: 'checkout',
  hold_ended: 'checkout',
  hold_taken: 'checkout',
  copy_sold: 'checkout',
  card_declined: 'checkout',
  insufficient_funds: 'checkout',
  expired_card: 'checkout',
  incorrect_cvc: 'checkout',
  action_failed: 'checkout',
  token_expired: 'checkout',
  provider_down: 'checkout',
} as const satisfies Record<StatusId, string>;

/** What can be done about an answer on its order's page. */
export function OrderActions({ id, status, words }: OrderActionsProps) {
  const router = useRouter();
  const { checkoutId } = status;
  const [first = 'Back to the checkout'] = words;
  const cancel = <CancelPayment checkoutId={checkoutId} onAnswer={() => router.refresh()} />;
  switch (WAYS_ON[id]) {
    case 'none':
      return null;
    case 'prints':
      return <Go to="/" words={first} />;
    case 'cart':
      return <Go to="/cart" words={first} />;
    case 'copy':
      return <CopyNumber words={first} number={status.orderNumber} />;
    case 'ask':
      return (
        <p>
          <button type="button" className="btn btn-line" onClick={() => router.refresh()}>
            {first}
          </button>
        </p>
      );
    case 'bank':
      return (
        <div className="flex flex-wrap items-center gap-3">
          {status.answer === 'requires_action' && (
            <a className="btn" href={status.redirectUrl}>
              {first}
            </a>
          )}
          {cancel}
        </div>
      );
    case 'checkout':
      return (
        <div className="flex flex-wrap items-center gap-3">
          <Go to={`/checkout/${checkoutId}`} words={first} />
          {cancel}
        </div>
      );
  }
}

const Go = <To extends string>({ to, words }: { to: Route<To>; words: string }) => (
  <p>
    <Link className="btn" href={to}>
      {words}
    </Link>
  </p>
);

function CopyNumber({ words, number }: { words: string; number: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(number);
    setCopied(true);
  };
  return (
    <p>
      <button type="button" className="btn btn-line" onClick={() => void copy()}>
        {copied ? 'Copied' : words}
      </button>
    </p>
  );
}
