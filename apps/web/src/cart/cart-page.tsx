'use client';
import Link from 'next/link';
import { useEffect, useRef } from 'react';
import { money } from '#copy/money.ts';
import { Providers } from '#trpc/providers.tsx';
import { CartContents } from './cart-contents.tsx';
import { CheckOutButton } from './check-out-button.tsx';
import { NoCookies } from './no-cookies.tsx';
import { PaymentBegun } from './payment-begun.tsx';
import { type Cart, useCart } from './use-cart.ts';

export function CartPage({ initial }: { initial: Cart }) {
  return (
    <Providers>
      <Whole initial={initial} />
    </Providers>
  );
}

function Whole({ initial }: { initial: Cart }) {
  const view = useCart(initial);
  const refresh = () => void view.refresh();
  const cart = view.cart ?? initial;
  if (cart.lines.length === 0) return <Empty done={view.done} />;
  const { totals, checkoutId, paymentOpen } = cart;
  return (
    <>
      <h1 className="pt-4 pb-6 text-head">Cart</h1>
      <div className="two">
        <div className="grid min-w-0 gap-5">
          {paymentOpen && checkoutId && <PaymentBegun checkoutId={checkoutId} onEnd={refresh} />}
          <CartContents {...view} cart={cart} />
        </div>
        <aside className="panel grid gap-4.5" aria-label="Summary">
          <dl className="sum">
            <dt>{cart.lines.length === 1 ? 'Print' : 'Prints'}</dt>
            <dd>{money(totals.subtotalMinor, totals.currency)}</dd>
            <dt>Shipping</dt>
            <dd>
              {!checkoutId && 'from '}
              {money(totals.shippingMinor, totals.currency)}
            </dd>
            <dt className="total">Total</dt>
            <dd className="total">{money(totals.totalMinor, totals.currency)}</dd>
          </dl>
          {paymentOpen ? (
            <p className="text-ink-2 text-small">Nothing can be changed here until this order is paid or cancelled.</p>
          ) : (
            <>
              <noscript>
                <p className="text-care text-small">
                  Checking out needs JavaScript, which is off in this browser. Your prints stay held until the time
                  above.
                </p>
              </noscript>
              <CheckOutButton busy={view.busy} onPress={view.checkOut} />
              <p className="text-ink-2 text-small">No account needed.</p>
            </>
          )}
        </aside>
      </div>
    </>
  );
}

function Empty({ done }: { done: string | undefined }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (done) heading.current?.focus();
  }, [done]);
  return (
    <div className="grid max-w-120 gap-4 py-16">
      <h1 ref={heading} tabIndex={-1} className="text-head">
        Your cart is empty.
      </h1>
      {done && <output className="block text-small">{done}</output>}
      <NoCookies />
      <noscript>
        <p className="text-care text-small">Your cart needs JavaScript, which is off in this browser.</p>
      </noscript>
      <p className="text-ink-2">
        A print that you add is held for you for 10 minutes. Nobody else can buy it meanwhile.
      </p>
      <p>
        <Link className="btn" href="/">
          See all prints
        </Link>
      </p>
    </div>
  );
}
