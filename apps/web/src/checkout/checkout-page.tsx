'use client';
import type { Status } from '@once/checkout';
import { priceOf } from '@once/checkout/pricing';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { Providers } from '#trpc/providers.tsx';
import { CardChoice } from './card-choice.tsx';
import { type CardForm, type MakeToken, testTokens } from './card-form.ts';
import { CheckoutNotice } from './checkout-notice.tsx';
import { ContactFields } from './contact-fields.tsx';
import { COUNTRIES, countryOf } from './countries.ts';
import { keepForm, restoreForm } from './draft.ts';
import { FaultsNotice } from './faults-notice.tsx';
import { readForm } from './form.ts';
import { NeedsScript } from './needs-script.tsx';
import { FoldedSummary, OrderSummary } from './order-summary.tsx';
import { PayButton } from './pay-button.tsx';
import { PromotionCode, type Settle } from './promotion-code.tsx';
import { ShippingChoice } from './shipping-choice.tsx';
import { type Checkout, useCheckout } from './use-checkout.ts';
import { useExtend } from './use-extend.ts';
import { usePay } from './use-pay.ts';

export interface CheckoutPageProps {
  readonly checkout: Checkout;
  readonly status: Status;
  readonly cardForm: CardForm;
}

export function CheckoutPage(props: CheckoutPageProps) {
  return (
    <Providers>
      <Whole {...props} />
    </Providers>
  );
}

function Whole(initial: CheckoutPageProps) {
  const [watching, watch] = useState(false);
  const { checkout, status, ask, tell } = useCheckout(initial, watching);
  const pay = usePay(watch, { status, tell, ask });
  const hold = useExtend(checkout, ask);
  const form = useRef<HTMLFormElement>(null);
  const { id, frozen, contact } = checkout;
  const [shipping, setShipping] = useState(checkout.shippingMethod);
  const [country, setCountry] = useState(contact.country);
  const settle = useRef<Settle>(null);
  const { makeToken, setMakeToken } = useMakeToken(initial.cardForm, id);

  const follow = useCallback((typed: HTMLFormElement) => {
    const read = readForm(typed);
    setShipping(read.shippingMethod);
    setCountry(read.contact.country);
  }, []);
  useEffect(() => {
    if (!form.current || frozen) return;
    restoreForm(form.current);
    follow(form.current);
  }, [frozen, follow]);

  const totals = frozen ? checkout.totals : priceOf(checkout.lines, shipping, checkout.promotion);
  const method = frozen ? checkout.shippingMethod : shipping;
  const destination = countryOf(frozen ? contact.country : country) ?? COUNTRIES[0];
  const ended = checkout.state === 'ended';
  const waiting = pay.verdict === 'wait' || pay.verdict === 'leave';
  // The status is the fresher of the two.
  const expectedTotalMinor = status.hasOrder ? status.totalMinor : totals.totalMinor;
  const press = async () => {
    if (!form.current || waiting) return;
    if (!makeToken) {
      document.getElementById('cards')?.focus(); // where it says why
      return;
    }
    // A code that was typed and not applied would be paid without.
    if ((await settle.current?.()) === false) return;
    await pay.press(form.current, {
      checkoutId: id,
      refusals: status.refusals,
      frozen: frozen || status.hasOrder,
      expectedTotalMinor,
      makeToken,
    });
  };
  const changed = ({ currentTarget }: FormEvent<HTMLFormElement>) => {
    keepForm(currentTarget);
    follow(currentTarget);
  };

  return (
    <div className="two checkout">
      <form
        id="checkout"
        ref={form}
        noValidate
        className="grid min-w-0 gap-10"
        onChange={changed}
        onSubmit={(event) => {
          event.preventDefault();
          void press();
        }}
      >
        <h1 className="text-head">Checkout</h1>
        <NeedsScript />
        <FoldedSummary checkout={checkout} totals={totals} />
        <FaultsNotice faults={pay.faults} country={destination} />
        <CheckoutNotice checkout={checkout} status={status} pay={pay} hold={hold} tell={tell} onPay={press} />
        {!ended && (
          <>
            <ContactFields checkout={checkout} country={destination} faults={pay.faults} />
            <ShippingChoice chosen={method} frozen={frozen} currency={totals.currency} />
            <CardChoice
              cardForm={initial.cardForm}
              amountMinor={expectedTotalMinor}
              currency={totals.currency}
              onReady={setMakeToken}
            />
          </>
        )}
      </form>
      <OrderSummary {...{ checkout, totals, method, hold, waiting }} onHoldEnd={() => void ask()}>
        {!ended && !frozen && checkout.lines.length > 0 && (
          <PromotionCode checkout={checkout} onChange={ask} settle={settle} />
        )}
        {!ended && (
          <PayButton
            totals={totals}
            phase={pay.phase}
            waiting={waiting}
            asked={status.answer === 'requires_action'}
            possible={makeToken !== undefined && checkout.lines.length > 0}
          />
        )}
      </OrderSummary>
    </div>
  );
}

/** Undefined while Stripe's form is not there to be filled in: then nothing can be paid. */
function useMakeToken(cardForm: CardForm, checkoutId: string) {
  const [makeToken, set] = useState<MakeToken | undefined>(() =>
    cardForm.kind === 'local' ? testTokens(checkoutId) : undefined,
  );
  const setMakeToken = useCallback((next: MakeToken | undefined) => set(() => next), []);
  return { makeToken, setMakeToken };
}
