'use client';
import { useState } from 'react';
import type { ErrorCode } from '#server/api/refusals.ts';
import { api, refusalOf } from '#trpc/client.ts';
import type { Checkout } from './use-checkout.ts';

export interface Hold {
  /** Why it could not be extended. */
  readonly refusal: string | undefined;
  /** Ten minutes more; undefined: not any more. */
  readonly extend: (() => Promise<void>) | undefined;
  /** Holds the prints again after the hold has ended, if nobody has taken them. @returns whether it did */
  readonly again: () => Promise<boolean>;
}

/** Extending the hold, and taking it up again. */
export function useExtend(checkout: Checkout, ask: () => Promise<void>): Hold {
  const [refusal, setRefusal] = useState<string>();
  const { id: checkoutId } = checkout;

  async function attempt(work: () => Promise<unknown>): Promise<boolean> {
    setRefusal(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      setRefusal(wordsOf(error));
      return false;
    } finally {
      await ask();
    }
  }

  const extend = async () => {
    await attempt(() => api.checkout.extendHold.mutate({ checkoutId }));
  };
  const again = () =>
    attempt(async () => {
      if (checkout.frozen && checkout.state === 'open') {
        await api.checkout.extendHold.mutate({ checkoutId });
        return;
      }
      const started = await api.checkout.start.mutate();
      // This checkout had ended with its hold: its cart has a new one now.
      if (started.checkoutId === checkoutId) return;
      location.replace(`/checkout/${started.checkoutId}`);
    });
  return {
    refusal,
    extend: checkout.state === 'open' && checkout.extensionsLeft > 0 ? extend : undefined,
    again,
  };
}

const ENDED = 'This checkout has ended. Your cart shows what is still there.';
const WORDS: Partial<Record<ErrorCode, string>> = {
  COPY_SOLD: '{copy} was sold to someone else meanwhile. Choose another number.',
  COPY_HELD: '{copy} is held by someone else just now. If it is not paid for, it comes back within 10 minutes.',
  NO_EXTENSION_LEFT: 'This hold was extended ten times, which is as often as we can.',
  CHECKOUT_ENDED: ENDED,
  CART_EMPTY: ENDED,
};

function wordsOf(error: unknown): string {
  const refused = refusalOf(error);
  if (!refused) return 'We could not reach the shop. Your hold is as it was. Try again when the connection is back.';
  const gone = refused.copies?.[0];
  const words = WORDS[refused.errorCode] ?? 'The hold could not be renewed. Try again in a moment.';
  return words.replace('{copy}', gone ? `No. ${gone.number}` : 'One of your prints');
}
