// A shop of its own for each test: fresh database, own account at the provider, one edition.
import { type Connection, connect, schema } from '@once/db';
import { testDatabase } from '@once/local-postgres/testing';
import { eq, sql } from 'drizzle-orm';
import Stripe from 'stripe';
import { uuidv7 } from 'uuidv7';
import { afterAll } from 'vitest';
import {
  addToCart,
  createShop,
  getCheckout,
  keyOf,
  payCheckout,
  type RefundRequest,
  type Shop,
  type ShopOptions,
  type Status,
  startCheckout,
  updateCheckout,
} from '../src/index.ts';
import { stripePayments } from '../src/payments/stripe.ts';
import { recordEncryption } from '../src/secrets.ts';
import { type Provider, startProvider } from './provider.ts';

export const ADA = {
  email: 'ada@example.org',
  name: 'Ada Lovelace',
  line1: 'Lindenstr. 3',
  postalCode: '10969',
  city: 'Berlin',
  country: 'DE',
};

/** What seals the records: every process of the shop is told the same. */
export const RECORD_KEYS = `test:${'00'.repeat(32)}`;

export interface TestShop {
  readonly shop: Shop;
  readonly db: Shop['db'];
  readonly url: string;
  readonly slug: string;
  readonly editionId: string;
  readonly secretKey: string;
  /** Another process's view of the same shop: own pool, own `once`. */
  another(options?: Partial<ShopOptions>): Shop;
  close(): Promise<void>;
}

/** A provider and a shop for all tests of a file, until the last one has run. */
export async function shopOfFile(
  options: Parameters<typeof testShop>[1] = {},
): Promise<{ readonly provider: Provider; readonly test: TestShop }> {
  const provider = await startProvider();
  afterAll(() => provider.stop());
  const test = await testShop(provider, options);
  afterAll(() => test.close());
  return { provider, test };
}

export async function testShop(
  provider: Provider,
  { copies = 10, ...options }: Partial<ShopOptions> & { copies?: number } = {},
): Promise<TestShop> {
  const database = await testDatabase('shop');
  const secretKey = `sk_test_${uuidv7().replaceAll('-', '')}`;
  const connections: Connection[] = [];
  const open = (more: Partial<ShopOptions> = {}) => {
    const connection = connect(database.url, { max: 20 });
    connections.push(connection);
    return createShop({
      db: connection.db,
      payments: stripePayments({ secretKey, apiBase: provider.apiBase }),
      publicUrl: 'http://localhost:3000',
      encryption: recordEncryption(RECORD_KEYS, ''),
      ...options,
      ...more,
    });
  };
  const shop = open();
  const edition = { id: uuidv7(), slug: `lee-shore-${uuidv7().slice(-12)}` };
  await publish(shop, edition, copies);
  return {
    shop,
    db: shop.db,
    url: database.url,
    slug: edition.slug,
    editionId: edition.id,
    secretKey,
    another: open,
    async close() {
      await Promise.all(connections.map((connection) => connection.close()));
      await database.drop();
    },
  };
}

export async function publish({ db }: Shop, { id, slug }: { id: string; slug: string }, copies: number): Promise<void> {
  await db.insert(schema.edition).values({
    ...{ id, slug, title: 'Lee Shore', studio: 'Plotter Room 3', statement: 'Every line wants to reach the coast.' },
    ...{ style: 'flow', palette: 'harbour', stock: 'light', format: 'portrait' },
    ...{ copies, priceMinor: 14_000, currency: 'EUR', publishedAt: new Date('2026-01-01') },
  });
  await db.insert(schema.copy).values(Array.from({ length: copies }, (_, i) => ({ editionId: id, number: i + 1 })));
}

/** A shopper with one number in the cart and the form filled in. */
export async function atCheckout(shop: Shop, slug: string, number?: number, cartId = uuidv7()) {
  const added = await addToCart(shop.db, { cartId, slug, number });
  const { checkoutId } = await startCheckout(shop.db, cartId);
  await updateCheckout(shop.db, { checkoutId, cartId, contact: ADA, shippingMethod: 'tracked' });
  return { cartId, checkoutId, number: added.number };
}

export interface Attempt {
  readonly checkoutId: string;
  readonly cartId: string;
  readonly idempotencyKey: string;
  readonly confirmationToken: string;
  readonly expectedTotalMinor: number;
}

/** What the browser keeps before it sends anything: key, token and total. */
export async function attempt(
  shop: Shop,
  { checkoutId, cartId }: { checkoutId: string; cartId: string },
  card = 'pm_card_visa',
): Promise<Attempt> {
  const { refusals, totals } = await getCheckout(shop.db, { checkoutId, cartId });
  const { token } = await shop.payments.testToken(card);
  return {
    checkoutId,
    cartId,
    idempotencyKey: keyOf(checkoutId, refusals),
    confirmationToken: token,
    expectedTotalMinor: totals.totalMinor,
  };
}

/** An order that is paid, and what of it is in the books. */
export async function paidOrder(shop: Shop, slug: string, card?: string) {
  const at = await atCheckout(shop, slug);
  const { answer, totalMinor } = await pay(shop, at, card);
  if (answer !== 'paid') throw new TypeError(`the order is ${answer}`);
  return { ...at, orderId: at.checkoutId, totalMinor };
}

/** Asks for money back, as somebody of the staff whose page shows that nothing was refunded yet. */
export function refundRequest(orderId: string, amountMinor: number, more: Partial<RefundRequest> = {}): RefundRequest {
  const asked = { refundId: uuidv7(), refundedMinor: 0, reason: 'requested_by_customer' };
  return { orderId, amountMinor, actor: 'staff:ada', ...asked, ...more };
}

/** The official SDK on the account of this shop, for what is done at the provider by hand. */
export function stripeOf({ secretKey }: TestShop, { apiBase }: Provider): Stripe {
  const { hostname: host, port } = new URL(apiBase);
  return new Stripe(secretKey, { host, port, protocol: 'http', telemetry: false });
}

export async function pay(shop: Shop, at: { checkoutId: string; cartId: string }, card?: string): Promise<Status> {
  return await payCheckout(shop, await attempt(shop, at, card));
}

/** The worker's share, done here: everything that is due now is finished. */
export async function finishDue(shop: Shop): Promise<void> {
  const { createWorker } = await import('@once/idempotency/worker');
  const worker = createWorker(shop.once, Object.values(shop.workflows));
  await worker.runOnce({ budgetMs: 10_000 });
}

/** Lets every lease and every wait end, instead of waiting for it. */
export async function ageRecords({ db }: Shop): Promise<void> {
  await db.execute(sql`update idempotency.record set due_at = statement_timestamp() where due_at is not null`);
}

export async function endHoldOf({ db }: Shop, checkoutId: string): Promise<void> {
  await db
    .update(schema.checkout)
    .set({ holdUntil: sql`statement_timestamp() - interval '1 second'` })
    .where(eq(schema.checkout.id, checkoutId));
}

/** What must hold at rest: every copy once, sold ones in exactly one paid order, money as ordered less what went back. */
export async function conservation({ db }: Shop) {
  const copies = await db
    .select({ state: schema.copy.state, count: sql<number>`count(*)::int` })
    .from(schema.copy)
    .groupBy(schema.copy.state);
  const [sold] = await db.execute<{ twice: number; unowned: number; unpaid: number }>(sql`
    select
      (select count(*)::int from (select 1 from order_line l join orders o on o.id = l.order_id and o.state = 'paid'
        where l.certificate_void_at is null group by l.edition_id, l.number having count(*) > 1) x) as twice,
      (select count(*)::int from copy c where c.state = 'sold' and not exists (select 1 from order_line l
        join orders o on o.id = l.order_id and o.state = 'paid'
        where l.edition_id = c.edition_id and l.number = c.number and o.id = c.held_by)) as unowned,
      (select count(*)::int from orders o join payment p on p.order_id = o.id
        where (o.state in ('paid', 'refunded', 'returned')) <> (p.state = 'succeeded' and p.captured_minor = o.total_minor
          and (select coalesce(sum(case kind when 'refund' then -amount_minor else amount_minor end), 0)
            from ledger_posting where order_id = o.id) = p.captured_minor - p.refunded_minor)) as unpaid`);
  const count = (state: string) => copies.find((row) => row.state === state)?.count ?? 0;
  return { available: count('available'), held: count('held'), sold: count('sold'), ...sold };
}

/** The one intent of an order; '' before it has one. */
export async function intentIdOf({ db }: TestShop, orderId: string): Promise<string> {
  const [row] = await db.select().from(schema.payment).where(eq(schema.payment.orderId, orderId));
  return row?.intentId ?? '';
}
