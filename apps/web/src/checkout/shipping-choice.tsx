import { SHIPPING, type ShippingMethod } from '@once/checkout/pricing';
import { money } from '#copy/money.ts';
import { Choice } from './choice.tsx';

export const SHIPPING_WORDS: Readonly<Record<ShippingMethod, { readonly name: string; readonly says: string }>> = {
  tracked: { name: 'Tracked', says: 'Arrives in 3–5 working days.' },
  express: { name: 'Express', says: 'Arrives in 1–2 working days.' },
};

const METHODS = ['tracked', 'express'] as const;

interface ShippingChoiceProps {
  readonly chosen: ShippingMethod;
  readonly frozen: boolean;
  readonly currency: string;
}

export function ShippingChoice({ chosen, frozen, currency }: ShippingChoiceProps) {
  return (
    <section className="stack gap-4">
      <h2 className="text-title">Shipping method</h2>
      <div className="choices" role="radiogroup" aria-label="Shipping method">
        {METHODS.map((method) => (
          <Choice
            key={method}
            group="shippingMethod"
            value={method}
            name={SHIPPING_WORDS[method].name}
            says={SHIPPING_WORDS[method].says}
            end={money(SHIPPING[method].priceMinor, currency)}
            chosen={method === chosen}
            disabled={frozen}
          />
        ))}
      </div>
    </section>
  );
}
