'use client';
import { useEffect, useRef } from 'react';
import { PrintItem } from './cart-lines.tsx';
import { FrameSelect } from './frame-select.tsx';
import { HoldTimer } from './hold-timer.tsx';
import type { Cart, useCart } from './use-cart.ts';

type CartView = Omit<ReturnType<typeof useCart>, 'cart'> & { readonly cart: Cart };

/** What is in the cart: how long it is held, each print, and what can be done with it. */
export function CartContents({ cart, busy, refusal, done, refresh, remove, reframe, holdAgain, extend }: CartView) {
  const frozen = cart.paymentOpen;
  const said = useRef<HTMLOutputElement>(null);
  useEffect(() => {
    // The button that had the focus went with its line.
    if (done) said.current?.focus();
  }, [done]);
  return (
    <div>
      <output ref={said} tabIndex={-1} className="block pb-2 text-small empty:hidden">
        {done}
      </output>
      {refusal && (
        <div className="notice care mb-4" role="alert">
          <span className="font-bold text-care">!</span>
          <p>{refusal}</p>
        </div>
      )}
      {cart.holdUntil && (
        <HoldTimer
          until={cart.holdUntil}
          nowMs={cart.nowMs}
          onEnd={() => void refresh()}
          onExtend={frozen ? undefined : extend}
        />
      )}
      <ul className="lines mt-2">
        {cart.lines.map((line) => (
          <PrintItem key={`${line.slug} ${line.number}`} line={line} currency={cart.totals.currency}>
            {line.holdUntil === null && !frozen && (
              <p className="text-care text-small">
                {line.available
                  ? 'Your hold ended. Nobody has taken it yet.'
                  : 'Your hold ended, and someone else has it now.'}
              </p>
            )}
            {!frozen && line.available && (
              <FrameSelect
                line={line}
                currency={cart.totals.currency}
                onChange={(frame) => void reframe(line, frame)}
              />
            )}
            {!frozen && (
              <p className="flex gap-4">
                {line.holdUntil === null && line.available && (
                  <button type="button" className="link" aria-disabled={busy} onClick={() => void holdAgain(line)}>
                    Hold No. {line.number} again
                  </button>
                )}
                <button type="button" className="link" aria-disabled={busy} onClick={() => void remove(line)}>
                  Remove<span className="sr">{` ${line.title}, No. ${line.number}`}</span>
                </button>
              </p>
            )}
          </PrintItem>
        ))}
      </ul>
    </div>
  );
}
