import { Choice } from './choice.tsx';
import { TEST_CARDS } from './test-cards.ts';

/** What the shopper pays with. */
export function CardChoice({ localProvider }: { localProvider: boolean }) {
  return (
    <section id="cards" tabIndex={-1} className="stack gap-4">
      <h2 className="text-title">Payment</h2>
      {localProvider ? (
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
      ) : (
        <p className="text-ink-2">This shop does not take cards yet. Nothing can be charged here.</p>
      )}
    </section>
  );
}
