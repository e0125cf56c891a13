import { schema, type Tx } from '@once/db';
import type { Frame } from '@once/db/schema';
import { and, asc, eq, inArray, ne, or, sql } from 'drizzle-orm';
import { CheckoutError } from './errors.ts';

const { copy } = schema;

export interface CopyName {
  readonly editionId: string;
  readonly number: number;
}

/** As it is bought. */
export interface BoughtCopy extends CopyName {
  /** Null: unframed. */
  readonly frame: Frame | null;
}

/** Rows are touched in one order everywhere, so that two carts with the same two prints cannot deadlock. */
export const inLockOrder = <C extends CopyName>(copies: readonly C[]): C[] =>
  copies.toSorted((a, b) => (a.editionId < b.editionId ? -1 : a.editionId > b.editionId ? 1 : a.number - b.number));

/** Holds this copy for `holder`, if it is free or held by one of `from` (or by `holder` already). @returns whether it is */
export async function takeCopy(tx: Tx, name: CopyName, holder: string, from: readonly string[] = []): Promise<boolean> {
  const rows = await tx
    .update(copy)
    .set({ state: 'held', heldBy: holder })
    .where(
      and(
        named(name),
        or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), inArray(copy.heldBy, [holder, ...from]))),
      ),
    )
    .returning({ number: copy.number });
  return rows.length === 1;
}

/**
 * Holds any free copy of an edition, lowest number first. First with `skip`, which lets buyers pass each other; a locked
 * copy may come free again, so before saying no it is asked for once more with `wait`.
 *
 * Each in a transaction of its own: SKIP LOCKED keeps the lock of a copy that turned out to be taken, in any order, and
 * whoever waited with such locks in hand would deadlock with the next one. With `wait` alone they are taken in order.
 *
 * @throws {NoneFree} with `skip` @throws {CheckoutError} with `wait`: `SOLD_OUT`, or `ALL_HELD` while some may come back
 */
export async function takeAnyCopy(tx: Tx, editionId: string, holder: string, locked: 'skip' | 'wait'): Promise<number> {
  const [free] = await tx
    .select({ number: copy.number })
    .from(copy)
    .where(and(eq(copy.editionId, editionId), eq(copy.state, 'available')))
    .orderBy(asc(copy.number))
    .limit(1)
    .for('no key update', locked === 'skip' ? { skipLocked: true } : {});
  if (free && (await takeCopy(tx, { editionId, number: free.number }, holder))) return free.number;
  if (locked === 'skip') throw new NoneFree();
  // Not sold, rather than held: one may have come free since we looked.
  const [left] = await tx
    .select({ number: copy.number })
    .from(copy)
    .where(and(eq(copy.editionId, editionId), ne(copy.state, 'sold')))
    .limit(1);
  throw left
    ? new CheckoutError('ALL_HELD', 'every copy that is left is held by someone')
    : new CheckoutError('SOLD_OUT', 'every copy is sold');
}

/** No copy could be had without waiting. */
export class NoneFree extends Error {}

/** Why a copy could not be taken, as an error. */
export async function refusalOf(tx: Tx, name: CopyName & { readonly slug: string }): Promise<CheckoutError> {
  const [row] = await tx.select({ state: copy.state }).from(copy).where(named(name));
  if (!row) return new CheckoutError('NOT_FOUND', 'no such copy');
  const copies = [{ slug: name.slug, number: name.number }];
  return row.state === 'sold'
    ? new CheckoutError('COPY_SOLD', `No. ${name.number} is sold`, { copies })
    : new CheckoutError('COPY_HELD', `No. ${name.number} is held by someone`, { copies });
}

/** Gives one copy back, if one of `holders` holds it. */
export async function freeCopy(tx: Tx, name: CopyName, holders: readonly string[]): Promise<void> {
  await tx
    .update(copy)
    .set({ state: 'available', heldBy: null })
    .where(and(named(name), eq(copy.state, 'held'), inArray(copy.heldBy, [...holders])));
}

/** Gives back whatever `holder` holds. Only the commit that cancels an order may do it to an order's copies. */
export async function freeCopiesOf(tx: Tx, holder: string): Promise<void> {
  await tx
    .update(copy)
    .set({ state: 'available', heldBy: null })
    .where(and(eq(copy.heldBy, holder), eq(copy.state, 'held')));
}

/** Makes the copies of an order its own for good. @returns how many it got: fewer than its lines means one is gone */
export async function sellCopies(tx: Tx, orderId: string, copies: readonly CopyName[]): Promise<number> {
  let sold = 0;
  for (const name of inLockOrder(copies)) {
    // Free ones too: late money for an order that was cancelled buys its copies while nobody else has them.
    const rows = await tx
      .update(copy)
      .set({ state: 'sold', heldBy: orderId })
      .where(and(named(name), or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), eq(copy.heldBy, orderId)))))
      .returning({ number: copy.number });
    sold += rows.length;
  }
  return sold;
}

/**
 * Gives copies to an order that the provider was paid for, whoever held them: those who hold have not paid. Only what is sold
 * stays with whom it was sold to.
 *
 * @returns how many it got
 */
export async function takeForCharge(
  tx: Tx,
  orderId: string,
  copies: readonly CopyName[],
  state: 'held' | 'sold',
): Promise<number> {
  let taken = 0;
  for (const name of inLockOrder(copies)) {
    const rows = await tx
      .update(copy)
      .set({ state, heldBy: orderId })
      .where(and(named(name), ne(copy.state, 'sold')))
      .returning({ number: copy.number });
    taken += rows.length;
  }
  return taken;
}

/** Puts copies that an order has bought back on sale: in the commit that refunds them. One that it has not is left alone. */
export async function returnCopies(tx: Tx, orderId: string, copies: readonly CopyName[]): Promise<void> {
  for (const name of inLockOrder(copies)) {
    await tx
      .update(copy)
      .set({ state: 'available', heldBy: null })
      .where(and(named(name), eq(copy.state, 'sold'), eq(copy.heldBy, orderId)));
  }
}

/** How many of these copies `holder` holds now. */
export async function heldCount(tx: Tx, holder: string): Promise<number> {
  const [row] = await tx
    .select({ count: sql<number>`count(*)::int` })
    .from(copy)
    .where(and(eq(copy.heldBy, holder), eq(copy.state, 'held')));
  return row?.count ?? 0;
}

const named = (name: CopyName) => and(eq(copy.editionId, name.editionId), eq(copy.number, name.number));
