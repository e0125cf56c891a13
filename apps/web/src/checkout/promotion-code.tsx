'use client';
import { type FormEvent, type Ref, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { api, refusalOf } from '#trpc/client.ts';
import { draft, keepDraft } from './draft.ts';
import type { Checkout } from './use-checkout.ts';

/** Applies a code that was typed and not applied yet. @returns whether there was none: the total is as it is shown */
export type Settle = () => Promise<boolean>;

interface PromotionCodeProps {
  readonly checkout: Checkout;
  /** The price may be another one now. */
  readonly onChange: () => Promise<void>;
  readonly settle: Ref<Settle>;
}

/** A code that takes something off. Whether it still counts is decided when the order is made. */
export function PromotionCode({ checkout, onChange, settle }: PromotionCodeProps) {
  const [fault, setFault] = useState<string>();
  const [atPay, setAtPay] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const busy = useRef(false);
  const { id: checkoutId, promotion } = checkout;

  useEffect(() => {
    if (input.current?.value === '') input.current.value = draft()['promotionCode'] ?? '';
  }, []);

  async function keep(promotionCode: string | null): Promise<boolean> {
    if (busy.current) return false;
    busy.current = true;
    setFault(undefined);
    try {
      await api.checkout.update.mutate({ checkoutId, promotionCode });
      keepDraft({ promotionCode: '' });
      await onChange();
      return true;
    } catch (error) {
      setFault(wordsOf(error));
      return false;
    } finally {
      busy.current = false;
    }
  }

  useImperativeHandle(settle, () => async () => {
    const typed = input.current?.value.trim();
    if (!typed) return true;
    if (await keep(typed)) setAtPay(true);
    else input.current?.focus();
    return false;
  });

  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const typed = input.current?.value.trim();
    if (typed) void keep(typed);
  };

  if (promotion) {
    return (
      <p className="flex flex-wrap items-baseline justify-between gap-2 text-small">
        <output>
          Code {promotion.code}: {promotion.percentOff} % off the prints.
          {atPay && ' Nothing was sent yet: the total is another one now, so look at it and press Pay again.'}
        </output>
        <button type="button" className="link" onClick={() => void keep(null)}>
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
          ref={input}
          className="input min-w-0 flex-1"
          id="promotionCode"
          name="promotionCode"
          maxLength={40}
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          onChange={({ currentTarget }) => keepDraft({ promotionCode: currentTarget.value })}
          aria-invalid={fault ? true : undefined}
          aria-describedby={fault ? 'promotionCode-fault' : undefined}
        />
        <button type="submit" className="btn btn-line">
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
  if (code === 'PROMOTION_INVALID' || code === 'INPUT_INVALID')
    return 'This code cannot be used. Clear it to pay without.';
  return code ? 'The order cannot be changed any more.' : 'We could not reach the shop. Try again.';
}
