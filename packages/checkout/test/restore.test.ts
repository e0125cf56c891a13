// The database is lost with everything that was bought lately, and restored to an instant before it. Real files, real log.
import { connect, schema } from '@once/db';
import { migrate } from '@once/db/migrate';
import { crashAt } from '@once/idempotency/testing';
import { openArchived } from '@once/local-postgres/archived';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  addToCart,
  checkoutStatus,
  compareRestored,
  createShop,
  endHolds,
  getOrder,
  opening,
  payCheckout,
  recordIntent,
  refundOrder,
  removeFromCart,
  type Shop,
  startCheckout,
  updateCheckout,
} from '../src/index.ts';
import { CLOCKS_APART_MS } from '../src/lost-intent.ts';
import { stripePayments } from '../src/payments/stripe.ts';
import { recordEncryption } from '../src/secrets.ts';
import { startProvider } from './provider.ts';
import {
  ADA,
  type Attempt,
  ageRecords,
  atCheckout,
  attempt,
  finishDue,
  pay,
  publish,
  RECORD_KEYS,
  refundRequest,
} from './shop.ts';

const edition = { id: uuidv7(), slug: 'low-water' };
const secretKey = `sk_test_${uuidv7().replaceAll('-', '')}`;
const signal = AbortSignal.timeout(600_000);

const provider = await startProvider();
afterAll(() => provider.stop());
const server = await openArchived();
afterAll(() => server.stop());

/** A purchase as the shopper's browser remembers it, whatever the shop still knows. */
interface Kept {
  readonly at: { readonly checkoutId: string; readonly cartId: string; readonly number: number };
  readonly press: Attempt;
}

const before: Record<string, Kept> = {};
const after: Record<string, Kept> = {};
let restoredTo: Date;
let shop: Shop;

beforeAll(async () => {
  await migrate(server.url);
  const first = openShop(server.url);
  await publish(first.shop, edition, 30);
  await first.shop.db.insert(schema.framing).values({ editionId: edition.id, frame: 'oak', priceMinor: 7_000 });
  await server.backUp();
  await beforeTheInstant(first.shop);
  const instant = await server.now();
  restoredTo = new Date(instant);
  await afterTheInstant(first.shop);
  await first.close();
  const second = openShop(await server.restoreTo(instant));
  shop = second.shop;
  afterAll(() => second.close());
}, 300_000);

function openShop(url: string) {
  const connection = connect(url, { max: 10 });
  const { db } = connection;
  const payments = stripePayments({ secretKey, apiBase: provider.apiBase });
  const options = { db, payments, publicUrl: 'http://localhost:3000', encryption: recordEncryption(RECORD_KEYS, '') };
  return {
    shop: createShop(options),
    another: (more: object) => createShop({ ...options, ...more }),
    close: () => connection.close(),
  };
}

async function beforeTheInstant(shop: Shop): Promise<void> {
  before['paid'] = await buys(shop, 1);
  before['given back, and bought by somebody else'] = await buys(shop, 2);
  before['declined'] = await buys(shop, 3, 'pm_card_chargeDeclined');
  before['at checkout'] = await isAtCheckout(shop, 4);
  before['at checkout, and declined'] = await isAtCheckout(shop, 5);
  before['about to type the address'] = await isWithoutAddress(shop, 6);
  before['changes their mind'] = await isAtCheckout(shop, 7);
  before['takes one more'] = await isAtCheckout(shop, 11);
  before['lets it go to them'] = await isAtCheckout(shop, 12);
  before['under way'] = await stopsBeforeTheConfirm(shop, 8);
  before['at checkout, and with the bank'] = await isAtCheckout(shop, 9);
}

async function afterTheInstant(shop: Shop): Promise<void> {
  await givesBack(shop, before['given back, and bought by somebody else']);
  after['bought what was given back'] = await buys(shop, 2);
  after['declined'] = await pressesAgain(shop, before['declined']);
  after['at checkout'] = await pressesAgain(shop, before['at checkout']);
  after['at checkout, and declined'] = await pressesAgain(
    shop,
    before['at checkout, and declined'],
    'pm_card_chargeDeclined',
  );
  const lost = before['about to type the address'] as Kept;
  await updateCheckout(shop.db, { ...lost.at, contact: ADA, shippingMethod: 'tracked' });
  after['about to type the address'] = await pressesAgain(shop, lost);
  await changesTheirMind(shop, before['changes their mind']);
  after['bought what another one let go'] = await buys(shop, 7);
  await changesTheirMind(shop, before['lets it go to them']);
  const more = before['takes one more'] as Kept;
  await addToCart(shop.db, { cartId: more.at.cartId, slug: edition.slug, number: 12, frame: 'oak' });
  after['takes one more'] = await pressesAgain(shop, more);
  await ageRecords(shop);
  await finishDue(shop);
  after['at checkout, and with the bank'] = await pressesAgain(
    shop,
    before['at checkout, and with the bank'],
    'pm_card_authenticationRequired',
  );
  after['all of it'] = await buys(shop, 20);
  after['all of it, and given back'] = await buys(shop, 21);
  await givesBack(shop, after['all of it, and given back']);
  after['with the bank'] = await buys(shop, 22, 'pm_card_authenticationRequired');
}

it('is closed until it was compared, also where asking fails half-way', async () => {
  const open = opening(shop.db, { restoredTo });
  expect(await open.isOpen()).toBe(false);
  const away = { ...shop, payments: { ...shop.payments, has: () => Promise.reject(new Error('away')), list: fails } };
  await expect(compareRestored(away, { restoredTo }, { signal })).rejects.toThrow('away');
  expect(await open.isOpen()).toBe(false);
  expect(await opening(shop.db, undefined).isOpen()).toBe(true);
});

it('what is asked for begins before the last thing that the database knows', async () => {
  const [begun] = await shop.db.execute<{ since_ms: string }>(sql`
    select detail ->> 'sinceMs' as since_ms from audit where action = 'restore.begun'`);
  expect(Number(begun?.since_ms)).toBeLessThanOrEqual(restoredTo.getTime());
  // Without what is allowed for clocks, all that was bought before that instant is older than what is asked for, as it
  // would be if it were of the day before.
  await shop.db.execute(sql`
    update audit set detail = jsonb_set(detail, '{sinceMs}', to_jsonb(${restoredTo.getTime() + CLOCKS_APART_MS}::text::bigint))
    where action = 'restore.begun'`);
});

it('takes everything into the books that the provider has, and opens', async () => {
  const open = opening(shop.db, { restoredTo });
  const [one, other] = await Promise.all([
    compareRestored(shop, { restoredTo }, { signal }),
    compareRestored(shop, { restoredTo }, { signal }),
  ]);
  expect(one.lost).toBe(other.lost);
  expect(await open.isOpen()).toBe(true);
  await ageRecords(shop);
  await finishDue(shop);
});

it.each([
  ['declined', 'paid'],
  ['at checkout', 'paid'],
  ['takes one more', 'paid'],
  ['about to type the address', 'needs_review'],
] as const)('%s: the page shows what was charged, and pressing again charges nobody', async (who, answer) => {
  const { at, press } = after[who] as Kept;
  expect(await checkoutStatus(shop, at)).toMatchObject({ answer });
  expect(await payCheckout(shop, press)).toMatchObject({ answer });
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it('an order that is made again has the copies that were paid for, whatever was in the cart', async () => {
  const { at } = after['takes one more'] as Kept;
  expect(await Promise.all([11, 12].map(holderOf))).toEqual([at.checkoutId, at.checkoutId]);
  const { lines } = await getOrder(shop.db, { orderId: at.checkoutId, cartId: at.cartId });
  expect(lines).toMatchObject([
    { number: 11, frame: null, priceMinor: 14_000 },
    { number: 12, frame: 'oak', framingMinor: 7_000, priceMinor: 21_000 },
  ]);
});

it('goes on with what was under way, and charges it once', async () => {
  const { at, press } = before['under way'] as Kept;
  expect(await payCheckout(shop, press)).toMatchObject({ answer: 'paid' });
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it('a press of before the restore that comes late is told the new number, and sends nothing', async () => {
  const { at, press } = before['at checkout, and declined'] as Kept;
  expect(await payCheckout(shop, press)).toMatchObject({
    answer: 'open',
    refusals: expect.toSatisfy((n) => n > 1_000),
  });
  expect(await provider.charges(at.checkoutId)).toHaveLength(0);
});

it('takes another card of somebody whose number the provider has had before, with another card', async () => {
  const { at } = before['at checkout, and declined'] as Kept;
  expect(await provider.charges(at.checkoutId)).toHaveLength(0);
  expect(await pay(shop, at)).toMatchObject({ answer: 'paid' });
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it('somebody who is with their bank has an order again, which the bank’s answer pays', async () => {
  const { at } = after['at checkout, and with the bank'] as Kept;
  expect(await checkoutStatus(shop, at)).toMatchObject({ hasOrder: true, refusals: expect.any(Number) });
  const intent = await shop.payments.findByOrder({ id: at.checkoutId, since: new Date(0) }, { signal });
  await shop.payments.testAction(intent?.id ?? '', 'complete');
  await recordIntent(shop, intent?.id ?? '', { signal });
  expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it.each(['all of it', 'bought what was given back', 'bought what another one let go'] as const)(
  '%s: the order is lost, its charge is a difference, and its copy cannot be sold again',
  async (who) => {
    const { at, press } = after[who] as Kept;
    await expect(payCheckout(shop, press)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const [charge] = await provider.charges(at.checkoutId);
    const differences = await shop.db.select().from(schema.ledgerDifference);
    expect(differences.filter(({ providerObjectId }) => providerObjectId === chargeIdOf(charge))).toMatchObject([
      { kind: 'missing_here', theirsMinor: charge?.amount, resolvedAt: null },
    ]);
    const buying = addToCart(shop.db, { cartId: uuidv7(), slug: edition.slug, number: at.number });
    await expect(buying).rejects.toMatchObject({ code: 'COPY_SOLD' });
    expect(await holderOf(at.number)).toBe(at.checkoutId);
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  },
);

it('a lost payment that waited for its bank can charge nobody any more, and its copy is for sale', async () => {
  const { at } = after['with the bank'] as Kept;
  const intent = await shop.payments.findByOrder({ id: at.checkoutId, since: new Date(0) }, { signal });
  expect(intent?.status).toBe('canceled');
  await addToCart(shop.db, { cartId: uuidv7(), slug: edition.slug, number: at.number });
});

it('a lost order that was given back keeps nothing off sale', async () => {
  const { at } = after['all of it, and given back'] as Kept;
  expect(await addToCart(shop.db, { cartId: uuidv7(), slug: edition.slug, number: at.number })).toMatchObject({
    number: at.number,
  });
});

it('sells again, and no charge is without an order or a difference, no copy with two owners', async () => {
  expect(await pay(shop, await atCheckout(shop, edition.slug, 28))).toMatchObject({ answer: 'paid' });
  await endHolds(shop);
  const rows = await provider.ledger();
  const paid = new Set((await shop.db.select().from(schema.orders)).filter(({ paidAt }) => paidAt).map(({ id }) => id));
  const kept = new Set((await shop.db.select().from(schema.ledgerDifference)).map((row) => row.providerObjectId));
  const charges = rows.filter(({ kind }) => kind === 'charge');
  expect(charges.length).toBeGreaterThan(10);
  expect(charges.filter((charge) => !paid.has(charge.order_id) && !kept.has(chargeIdOf(charge)))).toEqual([]);
  expect(new Set(charges.map(({ order_id }) => order_id)).size).toBe(charges.length);
  const twice = await shop.db.execute(sql`
    select l.number from order_line l join orders o on o.id = l.order_id
    join copy c on c.edition_id = l.edition_id and c.number = l.number
    where o.state = 'paid' and o.review_reason is null and (c.state <> 'sold' or c.held_by <> o.id)`);
  expect([...twice]).toEqual([]);
});

it('numbers go on behind those of another comparison, should the database be restored once more', async () => {
  const at = await atCheckout(shop, edition.slug, 29);
  await compareRestored(shop, { restoredTo: new Date(restoredTo.getTime() + 1) }, { signal });
  const { refusals } = await checkoutStatus(shop, at);
  await shop.db
    .update(schema.checkout)
    .set({ refusals: refusals + 3 })
    .where(eq(schema.checkout.id, at.checkoutId));
  await compareRestored(shop, { restoredTo: new Date(restoredTo.getTime() + 2) }, { signal });
  expect((await checkoutStatus(shop, at)).refusals).toBeGreaterThan(refusals + 3);
});

async function buys(shop: Shop, number: number, card?: string): Promise<Kept> {
  const at = await atCheckout(shop, edition.slug, number);
  const press = await attempt(shop, at, card);
  await payCheckout(shop, press);
  return { at, press };
}

async function pressesAgain(shop: Shop, kept: Kept | undefined, card?: string): Promise<Kept> {
  const { at } = kept as Kept;
  const press = await attempt(shop, at, card);
  await payCheckout(shop, press);
  return { at, press };
}

async function isAtCheckout(shop: Shop, number: number): Promise<Kept> {
  const at = await atCheckout(shop, edition.slug, number);
  return { at, press: await attempt(shop, at) };
}

async function isWithoutAddress(shop: Shop, number: number): Promise<Kept> {
  const cartId = uuidv7();
  await addToCart(shop.db, { cartId, slug: edition.slug, number });
  const at = { cartId, number, ...(await startCheckout(shop.db, cartId)) };
  return { at, press: await attempt(shop, at) };
}

async function stopsBeforeTheConfirm(shop: Shop, number: number): Promise<Kept> {
  const kept = await isAtCheckout(shop, number);
  const { at, reached } = crashAt('committed:remember');
  const { another } = openShop(server.url);
  void payCheckout(another({ at }), kept.press).catch(() => {});
  await reached;
  return kept;
}

async function changesTheirMind(shop: Shop, kept: Kept | undefined): Promise<void> {
  const { at } = kept as Kept;
  await removeFromCart(shop.db, { cartId: at.cartId, slug: edition.slug, number: at.number });
}

async function givesBack(shop: Shop, kept: Kept | undefined): Promise<void> {
  const { at, press } = kept as Kept;
  await refundOrder(shop, refundRequest(at.checkoutId, press.expectedTotalMinor));
}

const chargeIdOf = (row: { readonly charge?: string } | undefined) => row?.charge ?? '';

async function holderOf(number: number): Promise<string | null> {
  const [row] = await shop.db.select({ heldBy: schema.copy.heldBy }).from(schema.copy).where(sql`number = ${number}`);
  return row?.heldBy ?? null;
}

function fails(): never {
  throw new Error('away');
}
