'use client';
import { useRouter } from 'next/navigation';
import { lazy, type ReactNode, type RefObject, Suspense, useRef, useState } from 'react';
import type { PrintPage } from '#server/catalogue.ts';
import type { Added, JustBought } from './add-copy.ts';
import { chosenNumber, lostWords } from './chosen-number.ts';
import { Edition, PrintStage } from './print-parts.tsx';

// What only some need: the API's client and the cart with its query cache who buys, the field whoever has hundreds to choose from.
const CartDrawer = lazy(() => import('#cart/cart-drawer.tsx').then((module) => ({ default: module.CartDrawer })));
const SecondCopy = lazy(() => import('./second-copy.tsx').then((module) => ({ default: module.SecondCopy })));
const NumberJump = lazy(() => import('./number-jump.tsx').then((module) => ({ default: module.NumberJump })));
const loadAdd = () => import('./add-copy.ts');
const warm = () => void loadAdd().catch(() => {});

interface PrintChoiceProps {
  readonly print: PrintPage;
  /** What stands around the choice and does not change with it: drawn on the server. */
  readonly head: ReactNode;
  readonly facts: ReactNode;
  readonly marks: ReactNode;
  readonly framing: ReactNode;
  /** In place of the button, when no number can be had just now. */
  readonly allHeld: ReactNode;
  /** Ready to read. */
  readonly price: ReactNode;
}

/** A print that can be bought: choose a number, see that copy, put it into the cart. */
export function PrintChoice({ print, head, facts, marks, framing, allHeld, price }: PrintChoiceProps) {
  const router = useRouter();
  const [chosen, choose] = useState(chosenNumber(print.numbers, undefined).number);
  const [refusal, setRefusal] = useState<string>();
  const [bought, setBought] = useState<JustBought>();
  const [added, setAdded] = useState<number>();
  const [busy, setBusy] = useState(false);
  const inFlight = useRef(false);
  const addButton = useRef<HTMLButtonElement>(null);
  const { number, lost } = chosenNumber(print.numbers, chosen);

  async function add(second = false) {
    if (number === undefined || inFlight.current) return;
    inFlight.current = true;
    setBusy(true);
    setRefusal(undefined);
    setBought(undefined);
    const result = await addOrSay(print, number, second);
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
        {head}
        <Edition
          print={print}
          marks={marks}
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
        {print.copies > JUMP_FROM && (
          <Suspense>
            <NumberJump print={print} onChoose={choose} />
          </Suspense>
        )}
        <output className="lost empty:absolute">{lost !== undefined && !refusal && lostWords(lost, number)}</output>
        {refusal && (
          <div className="notice care" role="alert">
            <span className="font-bold text-care">!</span>
            <p>{refusal}</p>
          </div>
        )}
        {bought && number !== undefined && (
          <Suspense>
            <SecondCopy bought={bought} number={number} busy={busy} onYes={() => add(true)} />
          </Suspense>
        )}
        {number !== undefined && framing}
        <BuyBar allHeld={allHeld} price={price} number={number} busy={busy} onAdd={add} button={addButton} />
        {facts}
      </div>
      {added !== undefined && (
        <Suspense>
          <CartDrawer
            added={`${print.title}, No. ${added}, is in your cart.`}
            onClose={() => setAdded(undefined)}
            opener={addButton}
          />
        </Suspense>
      )}
    </div>
  );
}

/** From here on, looking for one number among so many takes longer than typing it. */
const JUMP_FROM = 50;

/** Offline, or after a release that took the old files away, the code for it cannot be had: nothing was sent then. */
async function addOrSay(print: PrintPage, number: number, second: boolean): Promise<Added> {
  try {
    const { addCopy } = await loadAdd();
    return await addCopy(print, number, second);
  } catch {
    return {
      kind: 'refused',
      words: 'We could not reach the shop. Nothing was added. Load this page again.',
    };
  }
}

interface BuyBarProps {
  readonly allHeld: ReactNode;
  readonly price: ReactNode;
  readonly number: number | undefined;
  readonly busy: boolean;
  readonly onAdd: () => Promise<void>;
  readonly button: RefObject<HTMLButtonElement | null>;
}

function BuyBar({ allHeld, price, number, busy, onAdd, button }: BuyBarProps) {
  if (number === undefined) return allHeld;
  return (
    <div className="buy">
      <div className="flex items-baseline justify-between">
        <span className="text-title">{price}</span>
        <span className="tax text-ink-2 text-small">Tax included</span>
      </div>
      <button
        ref={button}
        type="button"
        className="btn btn-full"
        aria-disabled={busy}
        aria-busy={busy}
        onPointerEnter={warm}
        onFocus={warm}
        onClick={() => void onAdd()}
      >
        {busy ? `Holding No. ${number}` : `Add No. ${number} to cart`}
      </button>
    </div>
  );
}
