import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { unbalanced } from '../fixtures/conservation.ts';
import { Faults } from '../fixtures/faults.ts';
import { Ledger } from '../fixtures/ledger.ts';
import { expect, test } from '../fixtures/own-shop.ts';
import { answerOf } from '../fixtures/payer.ts';
import { ProviderAccount } from '../fixtures/provider.ts';
import { totalOf } from '../fixtures/shopper.ts';
import type { Shop } from '../fixtures/test.ts';

// What every test on a shop of its own is judged by when it ends, shown where something is wrong.

test('a paid order that was charged never or twice, and charges that no order explains, are found', async ({
  shop,
  payer,
  db,
}) => {
  const elsewhere = randomUUID().replaceAll('-', '');
  const books = { db, ledger: new Ledger(shop.controlUrl, elsewhere), since: await db.now() };
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  const { checkoutId: orderId, print } = payer;
  const amount = totalOf(print);
  expect(await unbalanced(books)).toEqual([`order ${orderId} of ${amount} was charged []`]);
  await charge(shop, elsewhere, amount, orderId);
  expect(await unbalanced(books)).toEqual([]);

  await charge(shop, elsewhere, amount, orderId);
  await charge(shop, elsewhere, 900, 'another');
  await charge(shop, elsewhere, 700);
  expect(await unbalanced(books)).toEqual([
    expect.stringMatching(/^ch_\w+, 900: order another is undefined$/),
    expect.stringMatching(/^ch_\w+, 700: order null is undefined$/),
    `order ${orderId} of ${amount} was charged [${amount} EUR, ${amount} EUR]`,
  ]);
});

test('a copy that went to somebody who has not paid for it is found', async ({ shop, payer, stage, db, ledger }) => {
  const books = { db, ledger, since: await db.now() };
  const print = await stage.hang({ sold: [1] });
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  expect(await unbalanced(books), 'nobody has to have paid for what was sold when it was hung').toEqual([]);

  const sql = postgres(shop.databaseUrl, { max: 1, onnotice: () => {} });
  const goesTo = async (slug: string, number: number, holder: string) =>
    await sql`update copy set state = 'sold', held_by = ${holder} from edition e
      where e.id = edition_id and e.slug = ${slug} and number = ${number}`;
  const thief = randomUUID();
  await goesTo(payer.print.slug, payer.number, thief);
  await goesTo(print.slug, 2, thief);
  expect(await unbalanced(books)).toEqual([
    `${payer.print.slug} No. ${payer.number}: paid for by ${payer.checkoutId}, not theirs`,
    `${print.slug} No. 2: sold to ${thief}, who has not paid for it`,
  ]);
  await goesTo(payer.print.slug, payer.number, payer.checkoutId);
  await sql`update copy set state = 'available', held_by = null where held_by = ${thief}`;
  await sql.end({ timeout: 5 });
});

test('a fault that struck never, or less often than it was armed for, is found', async ({ shop, account, payer }) => {
  const [struck, once, never] = [0, 1, 2].map(() => new Faults(shop.controlUrl, account)) as Trio<Faults>;
  const { checkoutId: orderId } = payer;
  await struck.arm({ orderId, name: 'create' }, { name: 'slow_before', ms: 1 });
  await once.arm({ orderId, name: 'create' }, { name: 'slow_after', ms: 1 }, 2);
  await never.arm({ orderId, name: 'retrieve' }, 'retrieve_500');
  expect(answerOf(await payer.pressesPay())).toBe('paid');

  await struck.haveAllStruck();
  await expect(once.haveAllStruck()).rejects.toThrow('slow_after at create has struck 2×');
  await expect(never.haveAllStruck()).rejects.toThrow('retrieve_500 at retrieve has struck 1×');
});

type Trio<T> = [T, T, T];

/** Behind the shop's back: as a bug of it would, that forgets what it has done. */
async function charge(shop: Shop, account: string, amount: number, orderId?: string): Promise<void> {
  const made = await new ProviderAccount(shop, account).byHand('/v1/payment_intents', {
    amount: String(amount),
    currency: 'eur',
    confirm: 'true',
    payment_method: 'pm_card_visa',
    'automatic_payment_methods[enabled]': 'true',
    'automatic_payment_methods[allow_redirects]': 'never',
    ...(orderId && { 'metadata[order_id]': orderId }),
  });
  expect(made).toMatchObject({ status: 'succeeded' });
}
