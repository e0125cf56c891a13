import { type Db, schema, type Tx } from '@once/db';
import type { Frame } from '@once/db/schema';
import { and, asc, desc, eq, gt, sql } from 'drizzle-orm';
import { freeCopy, NoneFree, refusalOf, takeAnyCopy, takeCopy } from './copies.ts';
import { CheckoutError } from './errors.ts';
import { priceOf, type Totals } from './pricing.ts';
import { findPromotion } from './promotions.ts';
import { cartLines, inHoldMinutes, lockOpenCheckout, orderLines, totalsOf } from './rows.ts';
import { transact } from './transact.ts';

const { cart, cartLine, checkout, copy, edition, framing, orderLine, orders } = schema;

/** More at once would let one cart empty an edition. */
export const MAX_COPIES = 5;

export interface PrintLine {
  readonly editionId: string;
  readonly slug: string;
  readonly title: string;
  readonly studio: string;
  readonly style: string;
  readonly palette: string;
  readonly stock: string;
  readonly format: string;
  readonly editionCopies: number;
  readonly number: number;
  /** Its frame included. */
  readonly priceMinor: number;
  /** Null: unframed. */
  readonly frame: Frame | null;
  /** What of `priceMinor` is the frame. */
  readonly framingMinor: number;
}

/** A frame that a print can be had in, and what it costs on top of the sheet. */
export interface FrameOffer {
  readonly frame: Frame;
  readonly priceMinor: number;
}

export interface CartLineView extends PrintLine {
  /** Null: the hold ended. */
  readonly holdUntil: Date | null;
  /** Whether this cart has the copy, or could have it again. */
  readonly available: boolean;
  readonly frames: readonly FrameOffer[];
}

export interface CartView {
  /** The checkout that is open on this cart. */
  readonly checkoutId: string | null;
  /** An order was born of it: nothing can be changed until it is paid or cancelled. */
  readonly paymentOpen: boolean;
  readonly lines: readonly CartLineView[];
  readonly totals: Totals;
  /** When the first of its holds ends. */
  readonly holdUntil: Date | null;
}

interface AddRequest {
  readonly cartId: string;
  readonly slug: string;
  readonly number?: number | undefined;
  /** Null: unframed. Left out: as it lies in the cart, else unframed. */
  readonly frame?: Frame | null | undefined;
  /** A copy of this edition was just paid for, and another one is meant. */
  readonly second?: boolean | undefined;
}

/** A cart that was never written is empty. */
export async function getCart(db: Db, cartId: string): Promise<CartView> {
  const [row] = await db
    .select({ open: checkout, order: orders })
    .from(cart)
    .innerJoin(checkout, and(eq(checkout.id, cart.checkoutId), eq(checkout.state, 'open')))
    .leftJoin(orders, eq(orders.id, checkout.id))
    .where(eq(cart.id, cartId));
  const { open, order } = row ?? {};
  // Once an order exists, its lines are what is being bought, at the price that was agreed.
  const found =
    open && order
      ? (await orderLines(db, order.id)).map((line) => ({ ...line, holdUntil: open.holdUntil }))
      : await cartLines(db, cartId);
  const promotion = order ? null : await findPromotion(db, open?.promotionCode ?? null);
  const lines = await Promise.all(
    found.map(async (line) => {
      const [its] = await db
        .select({ state: copy.state, heldBy: copy.heldBy })
        .from(copy)
        .where(and(eq(copy.editionId, line.editionId), eq(copy.number, line.number)));
      const ours = its?.state === 'held' && (its.heldBy === cartId || its.heldBy === open?.id);
      const holdUntil = ours ? (open?.holdUntil ?? line.holdUntil) : null;
      const frames = await framesOf(db, line.editionId);
      return { ...line, holdUntil, available: ours || its?.state === 'available', frames };
    }),
  );
  const ends = lines.flatMap((line) => line.holdUntil ?? []).sort((a, b) => a.getTime() - b.getTime());
  return {
    checkoutId: open?.id ?? null,
    paymentOpen: order != null,
    lines,
    totals: order ? totalsOf(order) : priceOf(lines, open?.shippingMethod ?? 'tracked', promotion),
    holdUntil: ends[0] ?? null,
  };
}

/** The frames that an edition is offered in, dearest first. */
export async function framesOf(db: Db, editionId: string): Promise<FrameOffer[]> {
  return await db
    .select({ frame: framing.frame, priceMinor: framing.priceMinor })
    .from(framing)
    .where(eq(framing.editionId, editionId))
    .orderBy(desc(framing.priceMinor), asc(framing.frame));
}

/**
 * Puts a number into the cart and holds it for ten minutes, in one commit. The same number again renews its hold,
 * and changes its frame.
 *
 * @param number any free copy where left out
 * @throws {CheckoutError} `NOT_FOUND`, `FRAME_NOT_OFFERED`, `COPY_SOLD`, `COPY_HELD`, `SOLD_OUT`, `ALL_HELD`, `CART_FULL`,
 *   `PAYMENT_OPEN`, and `BOUGHT_JUST_NOW`: ask whether a second copy is meant, and then say so by `second`
 */
export async function addToCart(db: Db, request: AddRequest): Promise<{ slug: string; number: number }> {
  let taken: number | undefined;
  const adding = (locked: 'skip' | 'wait') => async (tx: Tx) => {
    const added = await add(tx, { ...request, taken }, locked);
    taken = added.number;
    return added;
  };
  try {
    return await transact(db, adding('skip'));
  } catch (error) {
    if (!(error instanceof NoneFree) && !(error instanceof CartRemoved)) throw error;
    return await transact(db, adding('wait'));
  }
}

interface Adding extends AddRequest {
  /** What a turn before this one took whose COMMIT was lost: if it was kept, another copy would be one too many. */
  readonly taken: number | undefined;
}

async function add(
  tx: Tx,
  { cartId, slug, number: wanted, frame, second = false, taken }: Adding,
  locked: 'skip' | 'wait',
) {
  const editionId = await editionOf(tx, slug);
  if (frame) await refuseForeignFrame(tx, editionId, frame);
  if (!second) await askAboutSecond(tx, { cartId, editionId, slug, number: wanted ?? 0 });
  await tx.insert(cart).values({ id: cartId }).onConflictDoNothing();
  const open = await lockOpenCheckout(tx, cartId);
  if (open?.frozen) throw new CheckoutError('PAYMENT_OPEN', 'a payment is open; cancel it to change the cart');
  const holder = open?.id ?? cartId;
  const number =
    wanted === undefined
      ? ((await takeAgain(tx, { editionId, number: taken }, holder, cartId)) ??
        (await takeAnyCopy(tx, editionId, holder, locked)))
      : await takeThisCopy(tx, { editionId, slug, number: wanted }, holder, cartId);
  // From here on the cart's row is locked, so that two adds at once count each other's lines.
  const locking = tx.update(cart).set({ updatedAt: sql`statement_timestamp()` }).where(eq(cart.id, cartId));
  if ((await locking.returning({ id: cart.id })).length === 0) throw new CartRemoved();
  const added = await tx.execute(sql`
    insert into ${cartLine} as line (cart_id, edition_id, number, hold_until, frame)
    select ${cartId}::uuid, ${editionId}::uuid, ${number}::int, ${inHoldMinutes}, ${frame ?? null}::text
    where (select count(*) from ${cartLine}
           where cart_id = ${cartId}::uuid and (edition_id, number) <> (${editionId}::uuid, ${number}::int)) < ${MAX_COPIES}
    on conflict (cart_id, edition_id, number) do update
      set hold_until = excluded.hold_until, frame = ${frame === undefined ? sql`line.frame` : sql`excluded.frame`}
    returning number`);
  if (added.length === 0) throw new CheckoutError('CART_FULL', `a cart holds ${MAX_COPIES} copies`);
  return { slug, number };
}

async function refuseForeignFrame(tx: Tx, editionId: string, frame: Frame): Promise<void> {
  const offered = await tx.$count(framing, and(eq(framing.editionId, editionId), eq(framing.frame, frame)));
  if (offered === 0) throw new CheckoutError('FRAME_NOT_OFFERED', 'this print is not offered in this frame');
}

/** It was left alone for so long that it was removed, in this very moment: it is made anew. */
class CartRemoved extends Error {}

/**
 * Somebody who has just paid may press Buy again because nothing seemed to happen. Of the copies that this cart's orders
 * have, not of what lies in it: whoever fills a cart with two copies means two, and may hold them again.
 */
async function askAboutSecond(
  tx: Tx,
  { cartId, editionId, slug, number }: { cartId: string; editionId: string; slug: string; number: number },
): Promise<void> {
  const bought = await tx
    .select({ number: orderLine.number, orderId: orders.id })
    .from(orders)
    .innerJoin(orderLine, and(eq(orderLine.orderId, orders.id), eq(orderLine.editionId, editionId)))
    .where(and(eq(orders.cartId, cartId), eq(orders.state, 'paid'), gt(orders.paidAt, justNow)));
  const [first] = bought;
  if (!first) return;
  const isThisLine = and(eq(cartLine.cartId, cartId), eq(cartLine.editionId, editionId), eq(cartLine.number, number));
  if ((await tx.$count(cartLine, isThisLine)) > 0) return;
  throw new CheckoutError('BOUGHT_JUST_NOW', 'a copy of this edition was paid for a moment ago', {
    copies: bought.map((line) => ({ slug, number: line.number })),
    orderId: first.orderId,
  });
}

const justNow = sql`statement_timestamp() - interval '10 minutes'`;

/** Takes a number out of the cart and gives it back, in one commit. A number that is not there: nothing happens. */
export async function removeFromCart(
  db: Db,
  { cartId, slug, number }: { readonly cartId: string; readonly slug: string; readonly number: number },
): Promise<void> {
  await transact(db, async (tx) => {
    const editionId = await editionOf(tx, slug);
    const open = await lockOpenCheckout(tx, cartId);
    if (open?.frozen) throw new CheckoutError('PAYMENT_OPEN', 'a payment is open; cancel it to change the cart');
    await freeCopy(tx, { editionId, number }, open ? [cartId, open.id] : [cartId]);
    await tx
      .delete(cartLine)
      .where(and(eq(cartLine.cartId, cartId), eq(cartLine.editionId, editionId), eq(cartLine.number, number)));
  });
}

async function takeAgain(
  tx: Tx,
  { editionId, number }: { editionId: string; number: number | undefined },
  holder: string,
  cartId: string,
): Promise<number | undefined> {
  if (number === undefined) return undefined;
  return (await takeCopy(tx, { editionId, number }, holder, [cartId])) ? number : undefined;
}

async function takeThisCopy(
  tx: Tx,
  name: { editionId: string; slug: string; number: number },
  holder: string,
  cartId: string,
): Promise<number> {
  if (await takeCopy(tx, name, holder, [cartId])) return name.number;
  throw await refusalOf(tx, name);
}

async function editionOf(tx: Tx, slug: string): Promise<string> {
  const [row] = await tx.select({ id: edition.id }).from(edition).where(eq(edition.slug, slug));
  if (!row) throw new CheckoutError('NOT_FOUND', 'no such print');
  return row.id;
}
