import { keyOf, type Payments, type PayRequest } from '@once/checkout';
import type { Node } from '@once/local-postgres/replication';
import { uuidv7 } from 'uuidv7';
import { Losses } from '../schedules/losses.ts';
import { type Card, MemoryProvider } from '../schedules/provider.ts';
import type { Choices } from '../soak/choices.ts';

export const TOTAL_MINOR = 15_200; // with tracked shipping
const PRICE_MINOR = 14_000;
const MOST_MS = 12;

/** A shopper at the checkout, with a numbered copy and some cards. */
export interface Order {
  readonly id: string;
  readonly number: number;
  /** One for each card, the keys numbered as the page numbers them. */
  readonly presses: readonly PayRequest[];
}

/** The witness: it does not read the database, and no failover touches it. */
export class Bank {
  readonly #book = new MemoryProvider(new Losses());
  readonly #choices: Choices;

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  token = (card: Card): string => this.#book.token(card);

  get charges() {
    return this.#book.charges;
  }

  settles(): void {
    this.#book.settleProcessing();
  }

  /** Answers take their time, so that a failover finds payments everywhere on their way. */
  payments(): Payments {
    const { charges } = this.#book;
    const book = this.#book.payments();
    const slowly = async () => await new Promise((resolve) => setTimeout(resolve, this.#choices.between(0, MOST_MS)));
    return {
      ...book,
      create: async (...asked) => {
        await slowly();
        const made = await book.create(...asked);
        await slowly();
        return made;
      },
      confirm: async (...asked) => {
        await slowly();
        const said = await book.confirm(...asked);
        await slowly();
        return said;
      },
      has: async () => true,
      async *list(kind) {
        const currency = 'EUR';
        yield kind === 'charge' ? charges.map((charge) => ({ ...charge, id: charge.intentId, currency })) : [];
      },
    };
  }
}

/** So many shoppers who are about to press Pay, as cart.add, checkout.start and checkout.update leave them. */
export async function openGallery(node: Node, bank: Bank, choices: Choices, count: number): Promise<Order[]> {
  const editionId = uuidv7();
  const orders = Array.from({ length: count }, (_, place) => orderOf(place + 1, bank, choices));
  const each = (values: (order: Order) => string) => orders.map((order) => `(${values(order)})`).join(', ');
  const cartOf = ({ presses }: Order) => presses[0]?.cartId;
  const soon = `now() + interval '10 minutes'`;
  await node.ask(
    `insert into edition (id, slug, title, studio, statement, style, palette, stock, format, copies, price_minor, currency,
       published_at)
     values ('${editionId}', 'lee-shore', 'Lee Shore', 'Plotter Room 3', 'Every line wants to reach the coast.', 'flow',
       'harbour', 'light', 'portrait', 1000, ${PRICE_MINOR}, 'EUR', '2026-01-01')`,
    `insert into copy (edition_id, number, state, held_by)
     values ${each(({ id, number }) => `'${editionId}', ${number}, 'held', '${id}'`)}`,
    `insert into cart (id, checkout_id) values ${each((order) => `'${cartOf(order)}', '${order.id}'`)}`,
    `insert into cart_line (cart_id, edition_id, number, hold_until)
     values ${each((order) => `'${cartOf(order)}', '${editionId}', ${order.number}, ${soon}`)}`,
    `insert into checkout (id, cart_id, hold_until, currency, email, name, line1, postal_code, city, country)
     values ${each((order) => `'${order.id}', '${cartOf(order)}', ${soon}, 'EUR', 'ada@example.org', 'Ada Lovelace', 'Lindenstr. 3', '10969', 'Berlin', 'DE'`)}`,
  );
  return orders;
}

function orderOf(number: number, bank: Bank, choices: Choices): Order {
  const [id, cartId] = [uuidv7(), uuidv7()];
  const cards: Card[] = [choices.weighted({ pays: 65, declined: 25, processing: 10 }), 'pays'];
  const presses = cards.map((card, attempt) => ({
    ...{ checkoutId: id, cartId, idempotencyKey: keyOf(id, attempt) },
    ...{ confirmationToken: bank.token(card), expectedTotalMinor: TOTAL_MINOR },
  }));
  return { id, number, presses };
}
