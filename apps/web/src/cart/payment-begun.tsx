'use client';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { useEffect } from 'react';
import { copyOf, factsOf, isOpen } from '#copy/answer-copy.ts';
import { clock, useTimeZone } from '#frame/local-time.tsx';
import { StatusNotice } from '#order/status-notice.tsx';
import { useTRPC } from '#trpc/providers.tsx';

const ASK_MS = 2_000;

/** A payment for this cart has begun: the cart shows how it stands, and starts nothing new. */
export function PaymentBegun({ checkoutId, onEnd }: { checkoutId: string; onEnd: () => void }) {
  const trpc = useTRPC();
  const timeZone = useTimeZone();
  const { data: status } = useQuery({
    ...trpc.checkout.status.queryOptions({ checkoutId }),
    refetchInterval: ({ state }) => (state.data && isOpen(state.data) ? ASK_MS : false),
  });
  const ended = status?.answer === 'paid' || status?.answer === 'cancelled';
  useEffect(() => {
    if (ended) onEnd();
  }, [ended, onEnd]);
  if (!status) return null;
  const id = isOpen(status) && status.answer === 'processing' ? 'in_progress' : (copyOf(status) ?? 'in_progress');
  return (
    <StatusNotice id={id} facts={factsOf(status, status.holdUntil ? clock(status.holdUntil, timeZone) : undefined)}>
      <Link
        className="btn btn-line btn-s"
        href={isOpen(status) || ended ? `/orders/${checkoutId}` : `/checkout/${checkoutId}`}
      >
        Go to the payment
      </Link>
    </StatusNotice>
  );
}
