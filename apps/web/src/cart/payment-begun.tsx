'use client';
import type { Status } from '@once/checkout';
import Link from 'next/link';
import { useEffect, useState } from 'react';
import { copyOf, factsOf, isOpen } from '#copy/answer-copy.ts';
import { clock, useTimeZone } from '#frame/local-time.tsx';
import { followStatus } from '#live/follow-status.ts';
import { StatusNotice } from '#order/status-notice.tsx';
import { api } from '#trpc/client.ts';

/** A payment for this cart has begun: the cart shows how it stands, and starts nothing new. */
export function PaymentBegun({ checkoutId, onEnd }: { checkoutId: string; onEnd: () => void }) {
  const timeZone = useTimeZone();
  const [status, hear] = useState<Status>();
  const over = status !== undefined && !isOpen(status);
  useEffect(() => {
    if (over) return undefined;
    return followStatus({ checkoutId, ask: () => api.checkout.status.query({ checkoutId }), hear });
  }, [checkoutId, over]);
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
