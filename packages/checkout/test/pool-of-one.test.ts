// A pool of one connection: whatever waits for a second one while it has the first would wait for ever.
import { connect } from '@once/db';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  addToCart,
  cancelCheckout,
  checkoutStatus,
  endHolds,
  getCart,
  getCheckout,
  listOrders,
  payCheckout,
  removeFromCart,
  type Shop,
} from '../src/index.ts';
import { type Provider, startProvider } from './provider.ts';
import { atCheckout, attempt, conservation, endHoldOf, finishDue, pay, type TestShop, testShop } from './shop.ts';

const BUYERS = 24;
const COPIES = 20;

let provider: Provider;
let test: TestShop;
let web: Shop;
let worker: Shop;
const closers: (() => Promise<void>)[] = [];
beforeAll(async () => {
  provider = await startProvider();
  test = await testShop(provider, { copies: COPIES });
  const small = () => {
    const connection = connect(`${test.url}?max=1`);
    closers.push(() => connection.close());
    return test.another({ db: connection.db });
  };
  web = small();
  worker = small();
});
afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
  await test.close();
  await provider.stop();
});

it(`${BUYERS} people buy at once over one connection, beside a worker that has one: nobody waits for ever`, async () => {
  const buyers = Promise.allSettled(Array.from({ length: BUYERS }, () => buys(test.slug)));
  for (let turn = 0; turn < 4; turn++) await Promise.all([finishDue(worker), endHolds(worker), endHolds(worker)]);
  const results = await buyers;
  const sold = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(sold).toHaveLength(COPIES);
  for (const { code } of refused) expect(['ALL_HELD', 'SOLD_OUT']).toContain(code);
  expect(new Set(sold.map(({ number }) => number)).size).toBe(COPIES);
  for (const { checkoutId } of sold) expect(await provider.charges(checkoutId)).toHaveLength(1);
  expect(await conservation(test.shop)).toEqual({
    available: 0,
    held: 0,
    sold: COPIES,
    twice: 0,
    unowned: 0,
    unpaid: 0,
  });
}, 60_000);

it('changing a mind over one connection: taken out, cancelled, run out, and each copy is free again', async () => {
  const other = await testShop(provider, { copies: 3 });
  const connection = connect(`${other.url}?max=1`);
  const { db } = connection;
  const shop = other.another({ db });
  try {
    const cartId = uuidv7();
    const added = await addToCart(db, { cartId, slug: other.slug });
    const cancelled = await atCheckout(shop, other.slug);
    const ranOut = await atCheckout(shop, other.slug);
    await pay(shop, cancelled, 'pm_card_visa_chargeDeclined');
    await endHoldOf(shop, ranOut.checkoutId);
    await Promise.all([
      removeFromCart(db, { cartId, ...added }),
      cancelCheckout(shop, cancelled),
      endHolds(shop),
      getCart(db, cancelled.cartId),
    ]);
    expect(await conservation(shop)).toMatchObject({ available: 3, held: 0, sold: 0 });
  } finally {
    await connection.close();
    await other.close();
  }
});

/** Pressed twice, while the page asks for all that it shows. */
async function buys(slug: string): Promise<{ checkoutId: string; number: number }> {
  const at = await atCheckout(web, slug);
  const kept = await attempt(web, at);
  const pressed = await Promise.all([
    payCheckout(web, kept),
    payCheckout(web, kept),
    checkoutStatus(web, at),
    getCart(web.db, at.cartId),
    getCheckout(web.db, at),
    listOrders(web.db, { guestCartId: at.cartId, userId: null }),
  ]);
  expect([pressed[0].answer, pressed[1].answer]).toContain('paid');
  return at;
}
