'use client';
import dynamic from 'next/dynamic';
import { useRouter } from 'next/navigation';
import { type RefObject, useRef, useState } from 'react';
import { money } from '#copy/money.ts';
import type { PrintPage } from '#server/catalogue.ts';
import { addCopy, type JustBought } from './add-copy.ts';
import { Edition, PrintFacts, PrintHead, PrintStage } from './print-parts.tsx';
import { SecondCopy } from './second-copy.tsx';

// The cart brings the query cache with it; whoever only looks at prints does not load it.
const CartDrawer = dynamic(() => import('#cart/cart-drawer.tsx').then((module) => module.CartDrawer), { ssr: false });

/** A print that can be bought: choose a number, see that copy, put it into the cart. */
export function PrintChoice({ print }: { print: PrintPage }) {
  const router = useRouter();
  const free = print.numbers.filter(({ state }) => state === 'available').map(({ number }) => number);
  const [chosen, choose] = useState(free[0]);
  const [refusal, setRefusal] = useState<string>();
  const [bought, setBought] = useState<JustBought>();
  const [added, setAdded] = useState<number>();
  const [busy, setBusy] = useState(false);
  const inFlight = useRef(false);
  const addButton = useRef<HTMLButtonElement>(null);
  // The number that was chosen may have gone to somebody meanwhile.
  const number = chosen !== undefined && free.includes(chosen) ? chosen : free[0];

  async function add(second = false) {
    if (number === undefined || inFlight.current) return;
    inFlight.current = true;
    setBusy(true);
    setRefusal(undefined);
    setBought(undefined);
    const result = await addCopy(print, number, second);
    if (result.kind === 'refused') setRefusal(result.words);
    else if (result.kind === 'ask') setBought(result.bought);
    else setAdded(number);
    router.refresh();
    setBusy(false);
    inFlight.current = false;
  }

  return (
    <div className="product">
      <PrintStage print={print} {...(number !== undefined && { number })} />
      <div className="info">
        <PrintHead print={print} />
        {print.available === 1 && <p className="font-medium">One copy left.</p>}
        <Edition
          print={print}
          legend={number === undefined ? 'The edition' : 'Choose your number'}
          choice={(no) => (
            <label key={no}>
              <input
                type="radio"
                name="number"
                value={no}
                aria-label={`No. ${no}`}
                checked={no === number}
                onChange={() => choose(no)}
              />
              {no}
            </label>
          )}
        />
        {refusal && (
          <div className="notice care" role="alert">
            <span className="font-bold text-care">!</span>
            <p>{refusal}</p>
          </div>
        )}
        {bought && number !== undefined && (
          <SecondCopy bought={bought} number={number} busy={busy} onYes={() => add(true)} />
        )}
        <BuyBar print={print} number={number} busy={busy} onAdd={add} button={addButton} />
        <PrintFacts print={print} />
      </div>
      {added !== undefined && (
        <CartDrawer
          added={`${print.title}, No. ${added}, is in your cart.`}
          onClose={() => setAdded(undefined)}
          opener={addButton}
        />
      )}
    </div>
  );
}

interface BuyBarProps {
  readonly print: PrintPage;
  readonly number: number | undefined;
  readonly busy: boolean;
  readonly onAdd: () => Promise<void>;
  readonly button: RefObject<HTMLButtonElement | null>;
}

function BuyBar({ print, number, busy, onAdd, button }: BuyBarProps) {
  if (number === undefined) {
    const yours = print.numbers.some(({ state }) => state === 'yours');
    return (
      <p className="text-ink-2">
        {yours
          ? 'Every copy that is left is held just now, one of them for you: it is in your cart.'
          : 'Every copy that is left is held by someone. A hold lasts 10 minutes; this page shows it when one comes back.'}
      </p>
    );
  }
  return (
    <>
      <div className="buy">
        <div className="flex items-baseline justify-between">
          <span className="text-title">{money(print.priceMinor, print.currency)}</span>
          <span className="tax text-ink-2 text-small">Tax included</span>
        </div>
        <button
          ref={button}
          type="button"
          className="btn btn-full"
          aria-disabled={busy}
          aria-busy={busy}
          onClick={() => void onAdd()}
        >
          {busy ? `Holding No. ${number}` : `Add No. ${number} to cart`}
        </button>
      </div>
      <p className="-mt-4 text-ink-2 text-small">
        Adding it holds No. {number} for you for 10 minutes. Nobody else can buy it meanwhile.
      </p>
    </>
  );
}
