// A pool of one connection: whatever waits for a second one while it has the first would wait for ever.
import { connect } from '@once/db';
import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  addToCart,
  cancelCheckout,
  checkoutStatus,
  endHolds,
  getCart,
  getCheckout,
  getOrder,
  listOrders,
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
    const { db, close } = connect(`${test.url}?max=1`);
    closers.push(close);
    return test.another({ db });
  };
  web = small();
  worker = small();
});
afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
  await test.close();
  await provider.stop();
});

it(`${BUYERS} people buy at once over one connection, with a worker that has one: each number once, nobody waits for ever`, async () => {
  const { slug } = test;
  const buys = async () => {
    const at = await atCheckout(web, slug);
    const kept = await attempt(web, at);
    const [first, second] = await Promise.all([pay(web, at), pay(web, at)]); // pressed twice: two cards, one key
    const shown = await Promise.all([
      getOrder(web, { orderId: at.checkoutId, cartId: at.cartId }),
      getCart(web.db, at.cartId),
      getCheckout(web.db, at),
      listOrders(web.db, at.cartId),
    ]);
    expect(shown).toHaveLength(4);
    return { at, kept, first, second };
  };
  const results = await Promise.allSettled([
    ...Array.from({ length: BUYERS }, buys),
    ...Array.from({ length: 8 }, async () => {
      await finishDue(worker);
      await endHolds(worker);
    }),
  ]);
  const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason.code);
  for (const code of refused) expect(['ALL_HELD', 'SOLD_OUT', 'KEY_REUSED']).toContain(code);
  expect(await conservation(test.shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
});
