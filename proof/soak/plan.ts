import { Choices } from './choices.ts';
import { type Call, KINDS, type Kind } from './fault-kinds.ts';

export interface PlannedFault {
  readonly call: Call;
  readonly kind: Kind;
  /** It strikes the first so many-th such call that no earlier fault has struck. */
  readonly nth: number;
}

export const CARDS = ['pays', 'declined', 'insufficient_funds', 'expired', 'incorrect_cvc', 'slow'] as const;
export type Card = (typeof CARDS)[number];

/** Everything that one shopper wants, does, and meets. A pure function of the seed and the shopper's number. */
export interface Plan {
  readonly shopper: number;
  /** `scarce`: any copy of an edition of which there are too few for all who want one. */
  readonly wants: 'own' | 'scarce' | 'two';
  readonly promotionCode: boolean;
  readonly shippingMethod: 'tracked' | 'express';
  /** The first, and after each refusal the next. When there is none left they give up. */
  readonly cards: readonly Card[];
  readonly presses: 'once' | 'several' | 'cut_off' | 'two_tabs';
  /** When the connection to Pay breaks. */
  readonly cutOffAfterMs: number;
  readonly mind: 'stays' | 'leaves' | 'cancels_before' | 'cancels_while_paying';
  readonly cancelAfterMs: number;
  readonly atBank: 'comes_through' | 'fails' | 'walks_away';
  /** What staff does with the paid order. */
  readonly later: 'nothing' | 'refund' | 'part' | 'clicked_twice' | 'by_two' | 'dispute';
  /** Looks at somebody else's checkout. */
  readonly snoops: boolean;
  readonly faults: readonly PlannedFault[];
}

/** @param faulty which share of the provider's calls goes wrong, 0 to 1 */
export function planOf(seed: string, shopper: number, faulty: number): Plan {
  const choices = new Choices(seed, 'shopper', shopper);
  return {
    shopper,
    wants: choices.weighted({ own: 65, scarce: 25, two: 10 }),
    promotionCode: choices.chance(0.15),
    shippingMethod: choices.chance(0.2) ? 'express' : 'tracked',
    cards: cardsOf(choices),
    presses: choices.weighted({ once: 45, several: 25, cut_off: 20, two_tabs: 10 }),
    cutOffAfterMs: choices.between(1, 400),
    mind: choices.weighted({ stays: 86, leaves: 4, cancels_before: 4, cancels_while_paying: 6 }),
    cancelAfterMs: choices.between(0, 400),
    atBank: choices.weighted({ comes_through: 65, fails: 20, walks_away: 15 }),
    later: choices.weighted({ nothing: 84, refund: 5, part: 4, clicked_twice: 3, by_two: 3, dispute: 1 }),
    snoops: choices.chance(0.03),
    faults: faultsOf(new Choices(seed, 'faults', shopper), faulty),
  };
}

function cardsOf(choices: Choices): Card[] {
  const cards: Card[] = [];
  // Refused again and again, and then usually one that pays.
  while (cards.length < 3 && choices.chance(0.15)) cards.push(choices.one(CARDS.slice(1, 5)));
  if (cards.length === 0 || choices.chance(0.85)) cards.push(choices.chance(0.06) ? 'slow' : 'pays', 'pays', 'pays');
  return cards;
}

/** So many of the first calls of a kind may be struck. */
const CALLS: Readonly<Record<Call, number>> = {
  test_token: 2,
  token: 2,
  create: 2,
  confirm: 3,
  retrieve: 8,
  list: 3,
  cancel: 2,
  refund: 2,
  event: 3,
};

function faultsOf(choices: Choices, faulty: number): PlannedFault[] {
  return (Object.keys(CALLS) as Call[]).flatMap((call) => {
    const faults: PlannedFault[] = [];
    for (let place = 0, free = 0; place < CALLS[call]; place++) {
      if (!choices.chance(faulty)) {
        free += 1;
        continue;
      }
      faults.push({ call, kind: choices.one(KINDS[call]), nth: free + 1 });
      free = 0;
    }
    return faults;
  });
}
