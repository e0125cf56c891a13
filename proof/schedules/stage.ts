// A database of its own with one shop on it, on which schedules are played one after the other, each with a new order in a
// shop that nothing has happened in: so a schedule is the same every time, and as quick as the first.
import { createShop, keyOf, type PayRequest, type Shop } from '@once/checkout';
import { createWorker, type Worker } from '@once/idempotency/worker';
import postgres from 'postgres';
import { actorHere } from './actor.ts';
import { type Grain, gatedDatabase } from './gated-database.ts';
import { type Loss, Losses } from './losses.ts';
import { type Card, MemoryProvider } from './provider.ts';

const NEVER_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** What the ids of a stage have in common, and no other id has. */
export const FIXED = '7000-8000-00000000000';
const PRICE_MINOR = 14_000;
export const TOTAL_MINOR = 15_200; // with tracked shipping

/** One shopper at the checkout with one numbered copy, who has a card and is about to press Pay. */
export interface Order {
  readonly id: string;
  readonly cartId: string;
  readonly number: number;
  readonly press: PayRequest;
}

export interface Stage {
  readonly shop: Shop;
  readonly provider: MemoryProvider;
  readonly losses: Losses;
  /** Finishes what is due; and the same with expiry in every round. */
  readonly worker: Worker;
  readonly upkeep: Worker;
  readonly editionId: string;
  /** Sets the stage and looks; no gate stops it. */
  readonly admin: postgres.Sql;
  /** Errors that loops would have logged, since the last `newOrder`. */
  readonly errors: unknown[];
  newOrder(card: Card, loss: Loss): Promise<Order>;
  close(): Promise<void>;
}

export async function openStage(url: string, grain: Grain): Promise<Stage> {
  const losses = new Losses();
  const provider = new MemoryProvider(losses);
  const { db, close } = gatedDatabase(url, { grain, losses });
  const admin = postgres(url, { max: 1, onnotice: () => {} });
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const shop = createShop({
    ...{ db, payments: provider.payments(), publicUrl: 'http://localhost:3000', waitMs: 0, onError },
    at: (point) => {
      const actor = actorHere();
      if (actor && point.startsWith('committing:')) actor.phase = point.slice('committing:'.length);
      if (actor && point.startsWith('committed:')) actor.phase = '';
    },
  });
  const { pay, cancel, endHold } = shop.workflows;
  const worker = createWorker(shop.once, [pay, cancel, endHold], { onError, upkeepMs: NEVER_MS });
  const upkeep = createWorker(shop.once, [], { onError: () => {}, upkeepMs: 0 });
  await worker.runOnce(); // its upkeep is then not due again before the stage is closed
  const editionId = bornThisHour('e');
  await admin.unsafe(edition(editionId));
  return {
    ...{ shop, provider, losses, worker, upkeep, editionId, admin, errors },
    async newOrder(card, loss) {
      losses.reset(loss);
      errors.length = 0;
      provider.reset();
      const order = { id: bornThisHour('a'), cartId: bornThisHour('c'), number: 1 };
      await admin.unsafe(atCheckout(order, editionId));
      const press = {
        ...{ checkoutId: order.id, cartId: order.cartId, idempotencyKey: keyOf(order.id, 0) },
        ...{ confirmationToken: provider.token(card), expectedTotalMinor: TOTAL_MINOR },
      };
      return { ...order, press };
    },
    async close() {
      await Promise.all([close(), admin.end({ timeout: 5 })]);
    },
  };
}

/** The same for every play of this hour, and so is all that is derived from it. A checkout's age is that of its id. */
function bornThisHour(letter: string): string {
  const born = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  const time = born.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-${FIXED}${letter}`;
}

const edition = (id: string) => `
  insert into edition (id, slug, title, studio, statement, style, palette, stock, format, copies, price_minor, currency,
    published_at)
  values ('${id}', 'lee-shore', 'Lee Shore', 'Plotter Room 3', 'Every line wants to reach the coast.', 'flow', 'harbour',
    'light', 'portrait', 1000, ${PRICE_MINOR}, 'EUR', '2026-01-01')`;

/** What a payment leaves behind. */
export const STORED = [
  ...[
    'idempotency.record',
    'copy',
    'cart',
    'cart_line',
    'checkout',
    'orders',
    'order_line',
    'payment',
    'payment_attempt',
  ],
  ...['ledger_posting', 'provider_event', 'outbox', 'audit'],
] as const;

/** As cart.add, checkout.start and checkout.update leave it; first of all, what an earlier order has left is put away. */
const atCheckout = ({ id, cartId, number }: Omit<Order, 'press'>, editionId: string) => `
  ${STORED.map((table) => `delete from ${table};`).join(' ')}
  insert into copy (edition_id, number, state, held_by) values ('${editionId}', ${number}, 'held', '${id}');
  insert into cart (id, checkout_id) values ('${cartId}', '${id}');
  insert into cart_line (cart_id, edition_id, number, hold_until)
    values ('${cartId}', '${editionId}', ${number}, now() + interval '10 minutes');
  insert into checkout (id, cart_id, hold_until, currency, email, name, line1, postal_code, city, country)
    values ('${id}', '${cartId}', now() + interval '10 minutes', 'EUR', 'ada@example.org', 'Ada Lovelace', 'Lindenstr. 3',
      '10969', 'Berlin', 'DE');`;
