'use client';
import type { Status } from '@once/checkout';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { isOpen } from '#copy/answer-copy.ts';
import { followStatus } from '#live/follow-status.ts';
import { hearOtherTabs } from '#live/other-tabs.ts';
import { api } from '#trpc/client.ts';

/**
 * Keeps an order's page true: follows the answer while it is still to come, and asks whenever the page is looked at again
 * or another tab has news. The page is drawn anew, in place, only when the answer is another one.
 */
export function LiveOrder({ status }: { status: Status }) {
  const router = useRouter();
  const { checkoutId } = status;
  const shown = answerKey(status);
  const open = isOpen(status);
  useEffect(() => {
    const over = new AbortController();
    const { signal } = over;
    const hear = (now: Status) => {
      if (!signal.aborted && answerKey(now) !== shown) router.refresh();
    };
    const ask = () => api.checkout.status.query({ checkoutId });
    const look = () => {
      // Offline, or the shop is restarting: the next look asks again.
      if (document.visibilityState === 'visible') void ask().then(hear, () => {});
    };
    const end = [hearOtherTabs(checkoutId, look), ...(open ? [followStatus({ checkoutId, ask, hear })] : [])];
    if (!open) {
      document.addEventListener('visibilitychange', look, { signal });
      addEventListener('pageshow', look, { signal });
      addEventListener('online', look, { signal });
    }
    return () => {
      over.abort();
      for (const each of end) each();
    };
  }, [router, checkoutId, shown, open]);
  return null;
}

const answerKey = (status: Status): string =>
  `${status.answer} ${status.refusals} ${status.answer === 'requires_action' ? status.redirectUrl : ''}`;
