import { schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it, vi } from 'vitest';
import { addToCart, endHolds, extendHold, getCart, getCheckout, removeFromCart, startCheckout } from '../src/index.ts';
import { conservation, endHoldOf, shopOfFile, testShop } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 60 });

const cartRow = (number: number) => sql`edition_id = ${test.editionId}::uuid and number = ${number}`;
const heldBy = async (number: number) =>
  (await test.db.execute<{ held_by: string }>(sql`select held_by from copy where ${cartRow(number)}`))[0]?.held_by;

describe('a number in the cart', () => {
  it('is held for ten minutes, and for nobody else', async () => {
    const { db, slug } = test;
    const cartId = uuidv7();
    await addToCart(db, { cartId, slug, number: 50 });

    const { lines, holdUntil } = await getCart(db, cartId);
    expect(lines).toMatchObject([{ slug, number: 50, available: true }]);
    expect((holdUntil?.getTime() ?? 0) - Date.now()).toBeGreaterThan(9.5 * 60_000);
    await expect(addToCart(db, { cartId: uuidv7(), slug, number: 50 })).rejects.toMatchObject({
      code: 'COPY_HELD',
      copies: [{ slug, number: 50 }],
    });
  });

  it('put in twice at once is there once', async () => {
    const { db, slug } = test;
    const cartId = uuidv7();
    await Promise.all(Array.from({ length: 6 }, () => addToCart(db, { cartId, slug, number: 51 })));
    expect((await getCart(db, cartId)).lines).toHaveLength(1);
  });

  it('taken out is free again in the same commit', async () => {
    const { db, slug } = test;
    const cartId = uuidv7();
    await addToCart(db, { cartId, slug, number: 52 });
    await removeFromCart(db, { cartId, slug, number: 52 });
    expect(await heldBy(52)).toBeNull();
    expect((await getCart(db, cartId)).lines).toEqual([]);
  });

  it('is one of five at most, also when eight are added at once', async () => {
    const { db, slug } = test;
    const cartId = uuidv7();
    const added = await Promise.allSettled(Array.from({ length: 8 }, () => addToCart(db, { cartId, slug })));

    expect(added.filter((result) => result.status === 'fulfilled')).toHaveLength(5);
    for (const result of added.filter((r) => r.status === 'rejected')) {
      expect(result).toMatchObject({ reason: { code: 'CART_FULL' } });
    }
    const held = await db.select().from(schema.copy).where(eq(schema.copy.heldBy, cartId));
    expect(held).toHaveLength(5);
  });

  it('does not exist, nor does the print: both are not found', async () => {
    const { db, slug } = test;
    await expect(addToCart(db, { cartId: uuidv7(), slug, number: 999 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(addToCart(db, { cartId: uuidv7(), slug: 'nowhere' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('whose hold ended is free for others, stays listed, and can be held again', async () => {
    const { shop, db, slug } = test;
    const cartId = uuidv7();
    await addToCart(db, { cartId, slug, number: 53 });
    await db.execute(sql`update cart_line set hold_until = statement_timestamp() where ${cartRow(53)}`);

    await Promise.all([endHolds(shop), endHolds(test.another())]);

    expect(await heldBy(53)).toBeNull();
    expect((await getCart(db, cartId)).lines).toMatchObject([{ number: 53, holdUntil: null, available: true }]);
    await addToCart(db, { cartId, slug, number: 53 });
    expect(await heldBy(53)).toBe(cartId);
  });
});

describe('an edition that runs out', () => {
  it('says that all are held while some may come back, and that it is sold out when none can', async () => {
    const small = await testShop(provider, { copies: 1 });
    try {
      await addToCart(small.db, { cartId: uuidv7(), slug: small.slug });
      await expect(addToCart(small.db, { cartId: uuidv7(), slug: small.slug })).rejects.toMatchObject({
        code: 'ALL_HELD',
      });
      await small.db.execute(sql`update copy set state = 'sold'`);
      await expect(addToCart(small.db, { cartId: uuidv7(), slug: small.slug })).rejects.toMatchObject({
        code: 'SOLD_OUT',
      });
    } finally {
      await small.close();
    }
  });
});

describe('a copy that is being taken when somebody asks for any', () => {
  it('is waited for before the answer is no: the other buyer may let go', async () => {
    const small = await testShop(provider, { copies: 1 });
    try {
      const cartId = uuidv7();
      const [asked] = await small.db
        .transaction(async (tx) => {
          await tx.execute(sql`update copy set state = 'held', held_by = ${uuidv7()}::uuid`);
          const waiting = addToCart(small.db, { cartId, slug: small.slug });
          waiting.catch(() => {});
          await vi.waitFor(async () => {
            const locks = await small.db.execute(sql`select 1 from pg_stat_activity
              where datname = current_database() and wait_event_type = 'Lock'`);
            expect(locks).toHaveLength(1);
          });
          throw new LetGo(waiting);
        })
        .catch((error: unknown) => {
          if (error instanceof LetGo) return error.waiting;
          throw error;
        });
      expect(await asked).toEqual({ slug: small.slug, number: 1 });
    } finally {
      await small.close();
    }
  });
});

/** Rolls the other buyer back. */
class LetGo extends Error {
  // In an array: a promise that is thrown or returned bare would be awaited.
  readonly waiting: [ReturnType<typeof addToCart>];
  constructor(waiting: ReturnType<typeof addToCart>) {
    super('let go');
    this.waiting = [waiting];
  }
}

describe('Check out', () => {
  it('pressed in two tabs at once starts one checkout, which takes the copies over', async () => {
    const { db, slug } = test;
    const cartId = uuidv7();
    const { number } = await addToCart(db, { cartId, slug });

    const started = await Promise.all(Array.from({ length: 6 }, () => startCheckout(db, cartId)));

    expect(new Set(started.map(({ checkoutId }) => checkoutId)).size).toBe(1);
    expect(await heldBy(number)).toBe(started[0]?.checkoutId);
    const rows = await db.select().from(schema.checkout).where(eq(schema.checkout.cartId, cartId));
    expect(rows).toHaveLength(1);
  });

  it('in two carts that list the same numbers in another order takes them in one order: one waits, nobody deadlocks', async () => {
    const { shop, db, slug } = test;
    const carts = [uuidv7(), uuidv7()] as const;
    const orders = [
      [57, 58],
      [58, 57],
    ] as const;
    for (const [at, numbers] of orders.entries()) {
      for (const number of numbers) await addToCart(db, { cartId: carts[at] ?? '', slug, number });
      await db.execute(sql`update cart_line set hold_until = statement_timestamp() where cart_id = ${carts[at]}::uuid`);
      await endHolds(shop);
    }
    // Both are under way before either has a copy: each then takes what it asks for first.
    const starts = await db.transaction(async (tx) => {
      await tx.execute(sql`select from copy where number in (57, 58) for no key update`);
      const asked = carts.map((cartId) => startCheckout(db, cartId).catch((error: unknown) => error));
      // The same copy: one waits for its owner, the other to be next. A deadlock would not show: it is run again.
      await vi.waitFor(
        async () => {
          const locks = await db.execute(sql`select wait_event from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock' order by wait_event`);
          expect(locks.map((lock) => lock['wait_event'])).toEqual(['transactionid', 'tuple']);
        },
        { timeout: 10_000 },
      );
      return { asked };
    });
    const answers = await Promise.all(starts.asked);
    expect(answers.filter((answer) => !(answer instanceof Error))).toHaveLength(1);
    expect(answers.find((answer) => answer instanceof Error)).toMatchObject({ code: 'COPY_HELD' });
  });

  it('needs something in the cart', async () => {
    await expect(startCheckout(test.db, uuidv7())).rejects.toMatchObject({ code: 'CART_EMPTY' });
  });

  it('names the number that went to somebody else after its hold ended', async () => {
    const { shop, db, slug } = test;
    const cartId = uuidv7();
    await addToCart(db, { cartId, slug, number: 54 });
    await db.execute(sql`update cart_line set hold_until = statement_timestamp() where ${cartRow(54)}`);
    await endHolds(shop);
    await addToCart(db, { cartId: uuidv7(), slug, number: 54 });

    await expect(startCheckout(db, cartId)).rejects.toMatchObject({
      code: 'COPY_HELD',
      copies: [{ slug, number: 54 }],
    });
    expect(await getCart(db, cartId)).toMatchObject({ checkoutId: null, lines: [{ number: 54, available: false }] });
  });

  it('can be extended ten times, and no more', async () => {
    const { db, slug } = test;
    const cartId = uuidv7();
    await addToCart(db, { cartId, slug });
    const { checkoutId } = await startCheckout(db, cartId);

    for (let left = 9; left >= 0; left--) {
      expect(await extendHold(db, { checkoutId, cartId })).toMatchObject({ extensionsLeft: left });
    }
    await expect(extendHold(db, { checkoutId, cartId })).rejects.toMatchObject({ code: 'NO_EXTENSION_LEFT' });
    await expect(extendHold(db, { checkoutId, cartId: uuidv7() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('whose hold ended is ended by the worker, and the cart can begin again', async () => {
    const { shop, db, slug } = test;
    const cartId = uuidv7();
    const { number } = await addToCart(db, { cartId, slug });
    const { checkoutId } = await startCheckout(db, cartId);
    await endHoldOf(shop, checkoutId);

    await Promise.all([endHolds(shop), endHolds(test.another())]);

    expect(await heldBy(number)).toBeNull();
    expect(await getCheckout(db, { checkoutId, cartId })).toMatchObject({ state: 'ended' });
    const next = await startCheckout(db, cartId);
    expect(next.checkoutId).not.toBe(checkoutId);
    expect(await heldBy(number)).toBe(next.checkoutId);
  });

  it('never loses or doubles a copy', async () => {
    const { available, held, sold } = await conservation(test.shop);
    expect(available + held + sold).toBe(60);
  });
});
