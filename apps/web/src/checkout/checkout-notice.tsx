'use client';
import type { Status } from '@once/checkout';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { copyOf, factsOf } from '#copy/answer-copy.ts';
import type { StatusId } from '#copy/status-copy.ts';
import { type Facts, wordsFor } from '#copy/words.ts';
import { clock, useTimeZone } from '#frame/local-time.tsx';
import { useOnline } from '#frame/use-online.ts';
import { CancelPayment } from '#order/cancel-payment.tsx';
import { StatusNotice } from '#order/status-notice.tsx';
import { useTRPC } from '#trpc/providers.tsx';
import type { Checkout } from './use-checkout.ts';
import type { Hold } from './use-extend.ts';
import type { Said, usePay } from './use-pay.ts';

interface CheckoutNoticeProps {
  readonly checkout: Checkout;
  readonly status: Status;
  readonly pay: ReturnType<typeof usePay>;
  readonly hold: Hold;
  readonly tell: (status: Status) => Promise<void>;
  readonly onPay: () => Promise<void>;
}

/** How the payment stands, in the copy's words, with what can be done about it. Nothing while there is nothing to say. */
export function CheckoutNotice(props: CheckoutNoticeProps) {
  const { checkout, status, pay } = props;
  const timeZone = useTimeZone();
  const online = useOnline();
  const left = useCopiesLeft(status);
  const current = pay.said && (pay.said.when ?? pay.verdict) === pay.verdict ? pay.said : undefined;
  const said = current?.id === 'offline' && online ? undefined : current;
  const taken = useTaken(status);
  const found = noticeOf(pay, status, said);
  if (found === null) return null;
  const id = found === 'hold_ended' && taken ? 'hold_taken' : found;
  const time = checkout.state === 'open' ? clock(checkout.holdUntil, timeZone) : undefined;
  const facts: Facts = { ...factsOf(status, status.answer === 'changed' ? undefined : time), left };
  // Keyed by what it says, so that a new refusal takes the focus again.
  return (
    <StatusNotice
      key={`${id} ${status.refusals}`}
      id={id}
      facts={facts}
      note={said?.note}
      // What came of a press is where the shopper must be; what was under way before the page was loaded is only told.
      // So is what they must do for it to go on.
      focus={pay.verdict === 'refused' || pay.phase === 'lost' || said !== undefined || id === 'needs_action'}
    >
      <Actions {...props} id={id} words={wordsFor(id, facts).actions} />
    </StatusNotice>
  );
}

function noticeOf(pay: CheckoutNoticeProps['pay'], status: Status, said: Said | undefined): StatusId | null {
  if (pay.phase === 'lost') return 'connection_lost';
  if (pay.phase !== 'idle' && pay.verdict !== 'wait') return null;
  if (said?.id !== undefined) return said.id;
  // Without a press of ours: started in another tab, or before this page was loaded.
  return status.answer === 'processing' ? 'in_progress' : copyOf(status);
}

/** What can be done: a record of all, so that words without a way on do not compile. */
const WAYS_ON = {
  offline: 'none',
  fields_invalid: 'none',
  not_sent: 'none',
  too_many: 'none',
  in_progress: 'none',
  slow: 'none',
  needs_review: 'none',
  order_review: 'none',
  succeeded: 'none',
  recovered: 'none',
  already_paid: 'none',
  returned: 'none',
  refunded: 'none',
  all_held: 'cart',
  cancelled: 'cart',
  connection_lost: 'ask',
  outcome_unknown: 'ask',
  order_changed: 'load',
  needs_action: 'bank',
  price_changed: 'agree',
  promotion_ended: 'agree',
  hold_ended: 'hold',
  hold_taken: 'choose',
  copy_sold: 'choose',
  card_declined: 'card',
  insufficient_funds: 'card',
  expired_card: 'card',
  incorrect_cvc: 'card',
  action_failed: 'card',
  token_expired: 'card',
  provider_down: 'cancel',
} as const satisfies Record<StatusId, string>;

type ActionsProps = CheckoutNoticeProps & { readonly id: StatusId; readonly words: readonly string[] };

function Actions({ id, words, checkout, status, pay, hold, tell, onPay }: ActionsProps): ReactNode {
  const [first, second] = words;
  const cancel = <CancelPayment checkoutId={checkout.id} onAnswer={tell} />;
  switch (WAYS_ON[id]) {
    case 'none':
      return null;
    case 'cart':
      return <ToCart words="Back to cart" />;
    case 'cancel':
      return checkout.frozen && cancel;
    case 'ask':
      return <Press words={first} onPress={pay.askAgain} />;
    case 'load':
      return <Press words={first} onPress={() => location.reload()} />;
    case 'bank':
      return (
        <>
          <a className="btn btn-s" href={status.answer === 'requires_action' ? status.redirectUrl : '#cards'}>
            {first}
          </a>
          {cancel}
        </>
      );
    case 'agree':
      return (
        <>
          <Press words={first} onPress={onPay} />
          <ToCart words={second} />
        </>
      );
    case 'hold':
      return (
        <>
          <Press
            words={first}
            onPress={async () => void ((await hold.again()) && pay.say({ id: null, when: 'refused' }))}
          />
          <ToCart words={second} />
        </>
      );
    case 'choose':
      return (
        <>
          <Link className="btn btn-line btn-s" href={`/prints/${gone(status)}`}>
            {first}
          </Link>
          <ToCart words={second} />
        </>
      );
    case 'card':
      return (
        <>
          <a className="btn btn-line btn-s" href="#cards">
            {first}
          </a>
          {checkout.frozen && cancel}
        </>
      );
  }
}

function Press({ words, onPress }: { words: string | undefined; onPress: () => void | Promise<void> }) {
  return (
    <button type="button" className="btn btn-line btn-s" onClick={() => void onPress()}>
      {words}
    </button>
  );
}

const ToCart = ({ words }: { words: string | undefined }) => (
  <Link className="btn btn-line btn-s" href="/cart">
    {words}
  </Link>
);

const gone = (status: Status): string =>
  (status.answer === 'changed' && status.reason === 'copy_sold' ? status.copies[0] : status.lines[0])?.slug ?? '';

/** Whether somebody else has a copy whose hold ended here. */
function useTaken(status: Status): boolean {
  const trpc = useTRPC();
  const ended = status.answer === 'changed' && status.reason === 'hold_ended';
  const { data } = useQuery({ ...trpc.cart.get.queryOptions(), enabled: ended });
  return ended && data?.lines.some(({ available }) => !available) === true;
}

/** How many copies of the edition are left, where one was sold under the shopper's hands. */
function useCopiesLeft(status: Status): string | undefined {
  const trpc = useTRPC();
  const sold = status.answer === 'changed' && status.reason === 'copy_sold';
  const { data } = useQuery({ ...trpc.catalog.get.queryOptions({ slug: gone(status) }), enabled: sold });
  return data && sold ? String(data.available) : undefined;
}
