import { lazy, Suspense } from 'react';
import type { CardForm } from './card-form.ts';
import { Choice } from './choice.tsx';
import type { StripeFormProps } from './stripe-form.tsx';
import { TEST_CARDS } from './test-cards.ts';

// A part of its own, that nobody downloads who pays with test cards.
const StripeForm = lazy(async () => ({ default: (await import('./stripe-form.tsx')).StripeForm }));

type CardChoiceProps = Omit<StripeFormProps, 'publishableKey'> & { readonly cardForm: CardForm };

/** What the shopper pays with. */
export function CardChoice({ cardForm, ...form }: CardChoiceProps) {
  return (
    <section id="cards" tabIndex={-1} className="stack gap-4">
      <h2 className="text-title">Payment</h2>
      {cardForm.kind === 'local' ? (
        <TestCards />
      ) : (
        <Suspense fallback={null}>
          <StripeForm publishableKey={cardForm.publishableKey} {...form} />
        </Suspense>
      )}
    </section>
  );
}

function TestCards() {
  return (
    <>
      <p className="text-ink-2 text-small">
        Local test provider. No real card, no real money. Pick what the bank should do.
      </p>
      <div className="choices" role="radiogroup" aria-label="Test card">
        {TEST_CARDS.map(({ id, name, says, last4 }, index) => (
          <Choice
            key={id}
            group="card"
            value={id}
            name={name}
            says={says}
            end={`•••• ${last4}`}
            mono
            chosen={index === 0}
          />
        ))}
      </div>
    </>
  );
}
