import { checkoutStatus, eraseCustomer } from '@once/checkout';
import { sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cookieValue } from '#server/guest.ts';
import { CONTACT, Guest, type OpenShop, openShop } from './open-shop.ts';

// Nobody learns anything of what belongs to somebody else, not even that it is there.

const TRIES = 10_000;
const AT_ONCE = 20;
const CANARY = 'canary-of-its-owner';

let shop: OpenShop & { close(): Promise<void> };
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

interface Owned {
  readonly guest: Guest;
  readonly id: string;
  /** What Pay was pressed with, or could have been. */
  readonly press: ReturnType<typeof payment>;
}

/** A shopper with a canary in every field; paid, declined (there is an order), refused (there is none), or not sent. */
async function owned(end: 'paid' | 'declined' | 'refused' | 'begun'): Promise<Owned> {
  const guest = new Guest(shop);
  const id = await guest.isReadyToPay('two-fans');
  const contact = { ...CONTACT, name: CANARY, line1: CANARY, city: CANARY, email: `${CANARY}@example.org` };
  await guest.api.checkout.update.mutate({ checkoutId: id, contact });
  if (end === 'begun') return { guest, id, press: payment(id) };
  const { totals } = await guest.api.checkout.get.query({ checkoutId: id });
  const { token } = await guest.api.checkout.testToken.mutate({
    checkoutId: id,
    card: end === 'declined' ? end : 'pays',
  });
  const expectedTotalMinor = end === 'refused' ? 1 : totals.totalMinor;
  const press = { ...payment(id), confirmationToken: token, expectedTotalMinor };
  const answer = await guest.api.checkout.pay.mutate(press);
  expect(answer.answer).toBe(end === 'refused' ? 'changed' : end);
  return { guest, id, press };
}

const payment = (checkoutId: string) => ({
  ...{ checkoutId, idempotencyKey: `${checkoutId}.0` },
  ...{ confirmationToken: 'ctoken_of_somebody', expectedTotalMinor: 100 },
});

/** As long as one of ours. */
const SIGNATURE = 'A'.repeat(43);

/** All that can be asked of an id. */
const ASKED: readonly ((who: Guest, id: string) => Promise<Response>)[] = [
  (who, checkoutId) => who.ask('checkout.get', { checkoutId }),
  (who, checkoutId) => who.ask('checkout.status', { checkoutId }),
  (who, orderId) => who.ask('orders.get', { orderId }),
  (who, checkoutId) => who.send('checkout.pay', payment(checkoutId)),
  (who, checkoutId) => who.send('checkout.cancel', { checkoutId }),
  (who, checkoutId) => who.send('checkout.extendHold', { checkoutId }),
  (who, checkoutId) => who.send('checkout.update', { checkoutId, contact: CONTACT, shippingMethod: 'express' }),
  (who, checkoutId) => who.send('checkout.testToken', { checkoutId, card: 'pays' }),
  (who, checkoutId) => who.send('checkout.testAction', { checkoutId, result: 'complete' }),
  (who, orderId) => who.ask('orders.receipt', { link: `${orderId}.0.${SIGNATURE}` }),
  (who, orderId) => who.send('orders.endLink', { orderId, linksEnded: 0 }),
];

/** Everything that the shop sends to its database meanwhile, without what it asks for. */
function listening(): { readonly statements: string[]; stop(): void } {
  const client = shop.storefront.shop.db.$client;
  const unsafe = client.unsafe.bind(client);
  const statements: string[] = [];
  client.unsafe = ((text: string, ...rest: []) => {
    statements.push(text);
    return unsafe(text, ...rest);
  }) as typeof unsafe;
  return {
    statements,
    stop() {
      client.unsafe = unsafe;
    },
  };
}

async function seen(answer: Response) {
  const { status, headers } = answer;
  return { status, headers: [...headers].filter(([name]) => name !== 'date'), body: await answer.text() };
}

const among = <T>(list: readonly T[], n: number): T => list[n % list.length] as T;

test('an id of somebody else costs the same statements and gets the same answer as one that nobody has', async () => {
  const victims = await Promise.all((['paid', 'declined', 'refused', 'begun'] as const).map(owned));
  const strangers = [(await owned('begun')).guest, new Guest(shop)];
  for (const stranger of strangers) {
    for (const [n, ask] of ASKED.entries()) {
      for (const { id } of victims) {
        const theirs = listening();
        const answer = await seen(await ask(stranger, id));
        theirs.stop();
        const nobodys = listening();
        expect(answer, `question ${n}`).toEqual(await seen(await ask(stranger, uuidv7())));
        nobodys.stop();
        expect(theirs.statements, `question ${n}`).toEqual(nobodys.statements);
        expect(answer.status).toBe(404);
      }
    }
  }
}, 60_000);

test(`${TRIES} random tries at what belongs to somebody else learn nothing and change nothing`, async () => {
  const owners = await Promise.all(
    Array.from({ length: 9 }, (_, n) => owned(among(['paid', 'declined', 'refused', 'begun'] as const, n))),
  );
  const before = await shop.rowCounts();
  const answers = new Map<number, Set<string>>();
  const tries = Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let n = lane; n < TRIES; n += AT_ONCE) {
      const thief = among(owners, Math.floor(Math.random() * owners.length));
      const victim = among(owners, Math.floor(Math.random() * owners.length));
      const question = Math.floor(Math.random() * ASKED.length);
      const id = thief === victim ? uuidv7() : victim.id;
      const { status, body } = await seen(await among(ASKED, question)(thief.guest, id));
      const kinds = answers.get(question) ?? new Set();
      answers.set(question, kinds.add(`${status} ${body}`));
    }
  });
  await Promise.all(tries);
  expect(answers.size).toBe(ASKED.length);
  for (const [question, kinds] of answers) {
    expect([...kinds], `question ${question}`).toEqual([expect.stringMatching(/^404 (?!.*canary)/)]);
  }
  expect(await shop.rowCounts()).toEqual(before);

  // None of them failed because the question could never have been answered.
  for (const { guest, id } of owners) {
    expect((await guest.ask('checkout.status', { checkoutId: id })).status).toBe(200);
  }
}, 120_000);

test('knowing the key, the card and the total of a payment that was paid is no way to its answer', async () => {
  const { guest, id, press } = await owned('paid');
  const { storefront } = shop;
  const cartId = storefront.guests.read(cookieValue(guest.cookie ?? '', storefront.guests.name)) ?? '';
  expect((await checkoutStatus(storefront.shop, { checkoutId: id, cartId })).answer).toBe('paid');
  expect((await guest.send('checkout.pay', press)).status).toBe(200);
  const { guest: stranger } = await owned('begun');
  const replay = await stranger.send('checkout.pay', press);
  expect([replay.status, await replay.text()]).toEqual([404, expect.not.stringContaining(CANARY)]);
});

test('what the records of a shopper’s presses hold is sealed', async () => {
  const { id } = await owned('paid');
  const records = await shop.storefront.shop.db.execute<Record<string, string | null>>(
    sql`select input, progress, outcome from idempotency.record where scope = ${id}`,
  );
  const texts = records.flatMap((record) => Object.values(record).filter((text) => text !== null));
  expect(texts.length).toBeGreaterThan(0);
  for (const text of texts) expect(text).toMatch(/^sealed\.[\w-]+\./);
});

test('the link of a receipt opens it to whoever has it, and opens nothing else', async () => {
  const { guest, id } = await owned('paid');
  const stranger = new Guest(shop);
  const link = shop.storefront.receiptLinks.write({ orderId: id, linksEnded: 0 });
  const [theirs, owners] = await Promise.all([
    stranger.api.orders.receipt.query({ link }),
    guest.api.orders.get.query({ orderId: id }),
  ]);
  expect(theirs.order).toEqual(owners);
  expect(theirs.status).toMatchObject({ answer: 'paid', checkoutId: id });
  expect(stranger.cookie, 'nobody becomes a guest by reading').toBeUndefined();
  for (const [n, ask] of ASKED.entries()) expect((await ask(stranger, id)).status, `question ${n}`).toBe(404);
});

test('of what nobody has paid there is no receipt, not even with a signature of ours', async () => {
  for (const end of ['declined', 'refused', 'begun'] as const) {
    const { guest, id } = await owned(end);
    const link = shop.storefront.receiptLinks.write({ orderId: id, linksEnded: 0 });
    expect((await guest.ask('orders.receipt', { link })).status).toBe(404);
  }
});

test('a link that was ended costs the same statements and gets the same answer as one of no order at all', async () => {
  const { guest, id } = await owned('paid');
  const { receiptLinks } = shop.storefront;
  const link = receiptLinks.write({ orderId: id, linksEnded: 0 });
  const ends = await Promise.all([1, 2].map(() => guest.send('orders.endLink', { orderId: id, linksEnded: 0 })));
  expect(
    ends.map(({ status }) => status),
    'the same one twice at once',
  ).toEqual([200, 200]);

  const ended = listening();
  const answer = await seen(await guest.ask('orders.receipt', { link }));
  ended.stop();
  const nobodys = listening();
  const none = receiptLinks.write({ orderId: uuidv7(), linksEnded: 0 });
  expect(answer).toEqual(await seen(await guest.ask('orders.receipt', { link: none })));
  nobodys.stop();
  expect(ended.statements).toEqual(nobodys.statements);
  expect(answer.status).toBe(404);

  const next = receiptLinks.write({ orderId: id, linksEnded: 1 });
  expect((await guest.ask('orders.receipt', { link: next })).status, 'ended once, and the next one is good').toBe(200);
  const { timeline } = await guest.api.orders.get.query({ orderId: id });
  expect(timeline.filter(({ action }) => action === 'order.link_ended')).toHaveLength(1);
});

test('who was forgotten is not read about by a link either', async () => {
  const { guest, id } = await owned('paid');
  const { db } = shop.storefront.shop;
  await db.execute(sql`update orders set email = ${`${id}@example.org`} where id = ${id}`);
  await eraseCustomer(db, `${id}@example.org`, 'staff:ada@once.example');
  const link = shop.storefront.receiptLinks.write({ orderId: id, linksEnded: 0 });
  expect((await guest.ask('orders.receipt', { link })).status).toBe(404);
});
