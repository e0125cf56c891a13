'use client';
import { type FormEvent, useState } from 'react';
import { api, refusalOf } from '#trpc/client.ts';
import type { Checkout } from './use-checkout.ts';

interface PromotionCodeProps {
  readonly checkout: Checkout;
  /** The price may be another one now. */
  readonly onChange: () => Promise<void>;
}

/** A code that takes something off. Whether it still counts is decided when the order is made. */
export function PromotionCode({ checkout, onChange }: PromotionCodeProps) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string>();
  const { id: checkoutId, promotion } = checkout;

  async function keep(promotionCode: string | null) {
    if (busy) return;
    setBusy(true);
    setFault(undefined);
    try {
      await api.checkout.update.mutate({ checkoutId, promotionCode });
      await onChange();
    } catch (error) {
      setFault(wordsOf(error));
    }
    setBusy(false);
  }

  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget).get('promotionCode');
    if (typeof typed === 'string' && typed.trim() !== '') void keep(typed.trim());
  };

  if (promotion) {
    return (
      <p className="flex flex-wrap items-baseline justify-between gap-2 text-small">
        <output>
          Code {promotion.code}: {promotion.percentOff} % off the prints.
        </output>
        <button type="button" className="link" aria-disabled={busy} onClick={() => void keep(null)}>
          Take it off
        </button>
      </p>
    );
  }
  return (
    <form className="field" onSubmit={apply} noValidate>
      <label htmlFor="promotionCode">Promotion code (optional)</label>
      <div className="flex gap-2">
        <input
          className="input min-w-0 flex-1"
          id="promotionCode"
          name="promotionCode"
          maxLength={40}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          aria-invalid={fault ? true : undefined}
          aria-describedby={fault ? 'promotionCode-fault' : undefined}
        />
        <button type="submit" className="btn btn-line" aria-disabled={busy}>
          Apply
        </button>
      </div>
      {fault && (
        <p className="fault" id="promotionCode-fault" role="alert">
          {fault}
        </p>
      )}
    </form>
  );
}

function wordsOf(error: unknown): string {
  const code = refusalOf(error)?.errorCode;
  if (code === 'PROMOTION_INVALID' || code === 'INPUT_INVALID') return 'This code cannot be used.';
  return code ? 'The order cannot be changed any more.' : 'We could not reach the shop. Try again.';
}
