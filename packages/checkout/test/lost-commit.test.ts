// The connection breaks at a COMMIT of the shop: before the server has it, after it was kept, or in between. Nobody hears
// which. Whatever the shopper was doing is then done once, and what the shop says of it is true.
import { connect, schema } from '@once/db';
import { type Cut, type Link, openLink } from '@once/idempotency/testing';
import { pgBouncerVersion, startPgBouncer } from '@once/local-postgres/pgbouncer';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addToCart,
  cancelCheckout,
  getCart,
  payCheckout,
  recordIntent,
  removeFromCart,
  type Shop,
  startCheckout,
  updateCheckout,
} from '../src/index.ts';
import { type Provider, startProvider } from './provider.ts';
import { ADA, atCheckout, attempt, conservation, finishDue, pay, type TestShop, testShop } from './shop.ts';

const COPIES = 200;

let provider: Provider;
let test: TestShop;
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  provider = await startProvider();
  test = await testShop(provider, { copies: COPIES });
});
afterAll(async () => {
  for (const close of closers.toReversed()) await close();
  await test.close();
  await provider.stop();
});

interface Way {
  readonly shop: Shop;
  readonly link: Link;
  /** The next COMMIT breaks where the shop comes to this point of an operation. */
  cutAt(point: string, cut: Cut): void;
}

const hasPgBouncer = pgBouncerVersion() !== undefined;

const WAYS: readonly {
  readonly way: string;
  readonly cuts: readonly Cut[];
  readonly needsPooler: boolean;
  readonly open: (url: string) => Promise<{ url: string; link: Link }>;
}[] = [
  { way: 'straight to the server', cuts: ['before', 'after', 'during'], needsPooler: false, open: linked },
  {
    way: 'to PgBouncer',
    cuts: ['before', 'after'],
    needsPooler: true,
    open: async (url) => await linked((await pooled(url)).url),
  },
  {
    way: 'from PgBouncer to the server',
    cuts: ['before', 'after'],
    needsPooler: true,
    open: async (url) => {
      const link = await cuttable(url);
      return { link, url: (await pooled(link.url)).url };
    },
  },
];

describe.each(WAYS)('on the way $way,', ({ cuts, needsPooler, open }) => {
  let way: Way;
  beforeAll(async () => {
    way = await openWay(await open(test.url));
  });

  describe.skipIf(needsPooler && !hasPgBouncer).each(cuts)('cut %s the server has it:', (cut) => {
    it.each(['reserve', 'remember', 'settle'])('COMMIT of %s: the order is paid, by one charge', async (phase) => {
      const { shop, link } = way;
      const at = await atCheckout(shop, test.slug);
      const kept = await attempt(shop, at);
      const before = link.cuts();
      way.cutAt(`committing:${phase}`, cut);

      expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'paid' });
      expect(link.cuts() - before).toBe(1);
      expect(await payCheckout(shop, kept), 'the same press again').toMatchObject({ answer: 'paid' });
      await expectBought(at);
    });

    it.each(['remember', 'settle'])(
      'COMMIT of %s that stores a no: it is told, and another card pays',
      async (phase) => {
        const { shop, link } = way;
        const at = await atCheckout(shop, test.slug);
        const refused = await attempt(shop, at, phase === 'settle' ? 'pm_card_visa_chargeDeclined' : 'pm_card_visa');
        if (phase === 'remember')
          await provider.arm({ match: createOf(at.checkoutId), action: 'error_500_before', times: 9 });
        const before = link.cuts();
        way.cutAt(`committing:${phase}`, cut);

        expect(await payCheckout(shop, refused)).toMatchObject({ answer: 'declined', refusals: 1 });
        expect(link.cuts() - before).toBe(1);
        expect(await payCheckout(shop, refused)).toMatchObject({ answer: 'declined', refusals: 1 });
        expect(await provider.charges(at.checkoutId)).toEqual([]);
      },
    );

    it('COMMIT of a cart, a checkout and its form: each is there once, and the order is paid', async () => {
      const { shop, link } = way;
      const cartId = uuidv7();
      const before = link.cuts();
      const arm = () => link.arm(cut);
      arm();
      const { number } = await addToCart(shop.db, { cartId, slug: test.slug });
      expect((await getCart(test.db, cartId)).lines, 'any copy').toMatchObject([{ number, available: true }]);
      arm();
      await addToCart(shop.db, { cartId, slug: test.slug, number });
      expect((await getCart(test.db, cartId)).lines, 'this copy').toHaveLength(1);
      arm();
      const { checkoutId } = await startCheckout(shop.db, cartId);
      arm();
      await updateCheckout(shop.db, { checkoutId, cartId, contact: ADA, shippingMethod: 'tracked' });
      expect(link.cuts() - before).toBe(4);
      expect(await checkoutsOf(cartId)).toEqual([{ id: checkoutId, state: 'open', email: ADA.email }]);
      expect(await pay(shop, { checkoutId, cartId })).toMatchObject({ answer: 'paid' });
      await expectBought({ checkoutId, cartId, number });
    });

    it('COMMIT of taking a number out: it is free again', async () => {
      const { shop, link } = way;
      const cartId = uuidv7();
      const { number } = await addToCart(shop.db, { cartId, slug: test.slug });
      const before = link.cuts();
      link.arm(cut);
      await removeFromCart(shop.db, { cartId, slug: test.slug, number });
      expect(link.cuts() - before).toBe(1);
      expect((await getCart(test.db, cartId)).lines).toEqual([]);
      expect(await copiesHeldBy(cartId)).toEqual([]);
    });

    it.each(['look', 'settle'])('COMMIT of %s of a cancel: it is cancelled, and its copy is free', async (phase) => {
      const { shop, link } = way;
      const at = await atCheckout(shop, test.slug);
      if (phase === 'settle') await pay(shop, at, 'pm_card_visa_chargeDeclined'); // an intent, which is asked about
      const before = link.cuts();
      way.cutAt(`committing:${phase}`, cut);

      expect(await cancelCheckout(shop, at)).toMatchObject({ answer: 'cancelled' });
      expect(link.cuts() - before).toBe(1);
      expect(await copiesHeldBy(at.checkoutId)).toEqual([]);
      expect((await getCart(test.db, at.cartId)).checkoutId).toBeNull();
      expect(await provider.charges(at.checkoutId)).toEqual([]);
    });

    it('COMMIT of what a browser brings back from its bank: the order is paid', async () => {
      const { shop, link } = way;
      const at = await atCheckout(shop, test.slug);
      expect(await pay(shop, at, 'pm_card_authenticationRequired')).toMatchObject({ answer: 'requires_action' });
      const [payment] = await test.db.select().from(schema.payment).where(eq(schema.payment.orderId, at.checkoutId));
      const intentId = payment?.intentId ?? '';
      await provider.control(`/intents/${intentId}/action`, { result: 'complete' });
      const before = link.cuts();
      link.arm(cut);
      await recordIntent(shop, intentId, { signal: AbortSignal.timeout(10_000) });
      expect(link.cuts() - before).toBe(1);
      await expectBought(at);
      await finishDue(shop);
      const [record] = await test.db.execute(`select state from idempotency.record where scope = '${at.checkoutId}'`);
      expect(record, 'woken, and settled').toMatchObject({ state: 2 });
    });
  });
});

it('after all of this every copy is there, sold once or free', async () => {
  const { available, held, sold, ...wrong } = await conservation(test.shop);
  expect(available + held + sold).toBe(COPIES);
  expect(wrong).toEqual({ twice: 0, unowned: 0, unpaid: 0 });
});

/** The order, the copy, the cart, our ledger and the provider's all say: bought, once. */
async function expectBought({ checkoutId, cartId, number }: { checkoutId: string; cartId: string; number: number }) {
  const { db } = test;
  const orders = await db.select().from(schema.orders).where(eq(schema.orders.cartId, cartId));
  expect(orders).toMatchObject([{ id: checkoutId, state: 'paid', reviewReason: null }]);
  const charges = await provider.charges(checkoutId);
  expect(charges).toMatchObject([{ amount: orders[0]?.totalMinor }]);
  const postings = await db.select().from(schema.ledgerPosting).where(eq(schema.ledgerPosting.orderId, checkoutId));
  expect(postings).toMatchObject([{ kind: 'charge', amountMinor: orders[0]?.totalMinor }]);
  expect(await copiesHeldBy(checkoutId)).toMatchObject([{ number, state: 'sold' }]);
  expect(await getCart(db, cartId)).toMatchObject({ checkoutId: null, lines: [] });
}

const createOf = (orderId: string) => ({ order_id: orderId, method: 'POST' as const, path: '/v1/payment_intents' });

const copiesHeldBy = async (holder: string) =>
  await test.db.select().from(schema.copy).where(eq(schema.copy.heldBy, holder));

const checkoutsOf = async (cartId: string) =>
  await test.db
    .select({ id: schema.checkout.id, state: schema.checkout.state, email: schema.checkout.email })
    .from(schema.checkout)
    .where(eq(schema.checkout.cartId, cartId));

async function openWay({ url, link }: { url: string; link: Link }): Promise<Way> {
  const connection = connect(url, { max: 4 });
  closers.push(() => connection.close());
  let wanted: { point: string; cut: Cut } | undefined;
  const shop = test.another({
    db: connection.db,
    at: (point) => {
      if (point !== wanted?.point) return;
      link.arm(wanted.cut);
      wanted = undefined;
    },
  });
  return {
    shop,
    link,
    cutAt: (point, cut) => {
      wanted = { point, cut };
    },
  };
}

async function linked(url: string): Promise<{ url: string; link: Link }> {
  const link = await cuttable(url);
  return { link, url: link.url };
}

async function cuttable(url: string): Promise<Link> {
  const link = await openLink(url);
  closers.push(() => link.close());
  return link;
}

async function pooled(url: string) {
  const pooler = await startPgBouncer(url);
  closers.push(() => pooler.stop());
  return pooler;
}
