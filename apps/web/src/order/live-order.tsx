'use client';
import type { Status } from '@once/checkout';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';
import { isOpen } from '#copy/answer-copy.ts';
import { api } from '#trpc/client.ts';

const ASK_MS = 1_500;

/**
 * Keeps an order's page true: asks while an answer is still to come, and whenever the page is looked at again. The page is
 * drawn anew, in place, only when the answer is another one.
 */
export function LiveOrder({ status }: { status: Status }) {
  const router = useRouter();
  const { checkoutId } = status;
  const shown = answerKey(status);
  const open = isOpen(status);
  useEffect(() => {
    let asking = false;
    let left = false;
    const ask = async () => {
      if (asking || document.visibilityState !== 'visible') return;
      asking = true;
      try {
        const now = await api.checkout.status.query({ checkoutId });
        if (!left && answerKey(now) !== shown) router.refresh();
      } catch {
        // Offline, or the shop is restarting: the next turn asks again.
      }
      asking = false;
    };
    const look = () => void ask();
    const timer = open ? setInterval(look, ASK_MS) : undefined;
    document.addEventListener('visibilitychange', look);
    addEventListener('pageshow', look);
    addEventListener('online', look);
    return () => {
      left = true;
      clearInterval(timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('pageshow', look);
      removeEventListener('online', look);
    };
  }, [router, checkoutId, shown, open]);
  return null;
}

const answerKey = (status: Status): string =>
  `${status.answer} ${status.refusals} ${status.answer === 'requires_action' ? status.redirectUrl : ''}`;
