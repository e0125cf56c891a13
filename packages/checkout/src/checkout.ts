import { type Db, schema, type Tx } from '@once/db';
import { and, eq, isNotNull, lt, or, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { type CartLineView, getCart, type PrintLine } from './cart.ts';
import { type CopyName, inLockOrder, refusalOf, takeCopy } from './copies.ts';
import { CheckoutError } from './errors.ts';
import { CURRENCY, priceOf, type ShippingMethod, type Totals } from './pricing.ts';
import { asCode, findPromotion, type Promotion } from './promotions.ts';
import {
  cartLines,
  inHoldMinutes,
  lockCheckout,
  lockOpenCheckout,
  orderLines,
  ownCheckout,
  renewedHold,
  totalsOf,
} from './rows.ts';
import { transact } from './transact.ts';

const { cart, cartLine, checkout, orders } = schema;

/** WCAG 2.2.1: a time limit can be extended at least ten times. */
export const MAX_EXTENSIONS = 10;

export interface Contact {
  readonly email: string;
  readonly name: string;
  readonly line1: string;
  readonly line2?: string | null | undefined;
  readonly postalCode: string;
  readonly city: string;
  /** Province or county, where addresses have one. */
  readonly region?: string | null | undefined;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

export interface CheckoutView {
  readonly id: string;
  readonly state: 'open' | 'ended';
  /** An order was born of it: lines, total and contact stay as they are. */
  readonly frozen: boolean;
  /** The number of the next idempotency key. */
  readonly refusals: number;
  readonly holdUntil: Date;
  readonly extensionsLeft: number;
  readonly lines: readonly (PrintLine | CartLineView)[];
  readonly totals: Totals;
  /** The code that counts now; null: none, or one that nobody can use any more. */
  readonly promotion: Promotion | null;
  readonly contact: { readonly [Field in keyof Contact]-?: string | null };
  readonly shippingMethod: ShippingMethod;
}

interface Own {
  readonly checkoutId: string;
  readonly cartId: string;
}

/**
 * The cart's checkout: the one that is open, else a new one, to which the cart's copies are handed over. Pressed twice, or
 * in two tabs, it is the same one.
 *
 * @throws {CheckoutError} `CART_EMPTY`; `COPY_SOLD` or `COPY_HELD` when a number whose hold ended has gone to somebody else
 */
export async function startCheckout(db: Db, cartId: string): Promise<{ checkoutId: string }> {
  for (;;) {
    try {
      return { checkoutId: await transact(db, (tx) => start(tx, cartId)) };
    } catch (error) {
      // Another start of this cart committed first: ask again, and find its checkout.
      if (!(error instanceof StartLost)) throw error;
    }
  }
}

async function start(tx: Tx, cartId: string): Promise<string> {
  const [seen] = await tx.select({ checkoutId: cart.checkoutId }).from(cart).where(eq(cart.id, cartId));
  const open = await lockOpenCheckout(tx, cartId);
  if (open?.frozen) return open.id;
  const lines = inLockOrder(await cartLines(tx, cartId));
  if (lines.length === 0) throw new CheckoutError('CART_EMPTY', 'there is nothing in the cart');
  const id = open?.id ?? uuidv7();
  if (open) await tx.update(checkout).set({ holdUntil: renewedHold }).where(eq(checkout.id, id));
  else await tx.insert(checkout).values({ id, cartId, holdUntil: inHoldMinutes, currency: CURRENCY });
  for (const line of lines) {
    if (await takeCopy(tx, line, id, [cartId])) continue;
    const [now] = await tx.select({ checkoutId: cart.checkoutId }).from(cart).where(eq(cart.id, cartId));
    if (now?.checkoutId !== seen?.checkoutId) throw new StartLost();
    throw await refusalOf(tx, line);
  }
  if (open) return id;
  const won = await tx
    .update(cart)
    .set({ checkoutId: id, updatedAt: sql`statement_timestamp()` })
    .where(and(eq(cart.id, cartId), sql`${cart.checkoutId} is not distinct from ${seen?.checkoutId ?? null}::uuid`))
    .returning({ id: cart.id });
  if (won.length === 0) throw new StartLost();
  return id;
}

/** Rolls back the copies that a slower start took, so that the faster one's checkout has them. */
class StartLost extends Error {}

/** @throws {CheckoutError} `NOT_FOUND` */
export async function getCheckout(db: Db, { checkoutId, cartId }: Own): Promise<CheckoutView> {
  const row = await ownCheckout(db, checkoutId, cartId);
  const [order] = await db.select().from(orders).where(eq(orders.id, checkoutId));
  const lines = order ? await orderLines(db, order.id) : row.state === 'open' ? (await getCart(db, cartId)).lines : [];
  const from = order ?? row;
  const promotion = order ? null : await findPromotion(db, row.promotionCode);
  return {
    id: row.id,
    state: row.state,
    frozen: order !== undefined,
    refusals: row.refusals,
    holdUntil: row.holdUntil,
    extensionsLeft: MAX_EXTENSIONS - row.holdExtensions,
    lines,
    totals: order ? totalsOf(order) : priceOf(lines, row.shippingMethod, promotion),
    promotion,
    contact: {
      email: from.email,
      name: from.name,
      line1: from.line1,
      line2: from.line2,
      postalCode: from.postalCode,
      city: from.city,
      region: from.region,
      country: from.country,
    },
    shippingMethod: from.shippingMethod,
  };
}

/**
 * Keeps contact, address, shipping and promotion code. They are frozen with the first accepted reserve.
 *
 * What is left out stays as it is.
 *
 * @param request.promotionCode as it was typed; null takes it off
 * @throws {CheckoutError} `NOT_FOUND`, `PAYMENT_OPEN`, `CHECKOUT_ENDED`, `PROMOTION_INVALID`; nothing is kept then
 */
export async function updateCheckout(
  db: Db,
  request: Own & {
    readonly contact?: Contact | undefined;
    readonly shippingMethod?: ShippingMethod | undefined;
    readonly promotionCode?: string | null | undefined;
  },
): Promise<void> {
  await transact(db, async (tx) => {
    await ownCheckout(tx, request.checkoutId, request.cartId);
    const row = await lockCheckout(tx, request.checkoutId);
    if (row.state === 'ended') throw new CheckoutError('CHECKOUT_ENDED', 'this checkout has ended');
    const [order] = await tx.select({ id: orders.id }).from(orders).where(eq(orders.id, row.id));
    if (order) throw new CheckoutError('PAYMENT_OPEN', 'a payment has begun; cancel it to change the order');
    const { contact, shippingMethod, promotionCode: typed } = request;
    const promotionCode = typed ? asCode(typed) : typed;
    if (promotionCode && !(await findPromotion(tx, promotionCode))) {
      throw new CheckoutError('PROMOTION_INVALID', 'this code cannot be used');
    }
    await tx
      .update(checkout)
      // `id`: an UPDATE sets something, also where there is nothing to change.
      .set({
        id: row.id,
        ...(contact && { ...contact, line2: contact.line2 ?? null, region: contact.region ?? null }),
        shippingMethod,
        promotionCode,
      })
      .where(eq(checkout.id, row.id));
  });
}

/** Ten more minutes from now. @throws {CheckoutError} `NOT_FOUND`, `CHECKOUT_ENDED`, `NO_EXTENSION_LEFT` */
export async function extendHold(
  db: Db,
  { checkoutId, cartId }: Own,
): Promise<{ holdUntil: Date; extensionsLeft: number }> {
  const [extended] = await db
    .update(checkout)
    .set({ holdUntil: renewedHold, holdExtensions: sql`${checkout.holdExtensions} + 1` })
    .where(
      and(
        eq(checkout.id, checkoutId),
        eq(checkout.cartId, cartId),
        eq(checkout.state, 'open'),
        lt(checkout.holdExtensions, MAX_EXTENSIONS),
      ),
    )
    .returning({ holdUntil: checkout.holdUntil, used: checkout.holdExtensions });
  if (extended) return { holdUntil: extended.holdUntil, extensionsLeft: MAX_EXTENSIONS - extended.used };
  const row = await ownCheckout(db, checkoutId, cartId);
  throw row.state === 'ended'
    ? new CheckoutError('CHECKOUT_ENDED', 'this checkout has ended')
    : new CheckoutError('NO_EXTENSION_LEFT', `a hold is extended ${MAX_EXTENSIONS} times at most`);
}

/**
 * Ends a checkout that is open, and gives its cart back.
 *
 * @param bought what leaves the cart; null: nothing was bought, and its holds end
 */
export async function endCheckout(
  tx: Tx,
  checkoutId: string,
  cartId: string,
  bought: readonly CopyName[] | null,
): Promise<void> {
  await tx
    .update(checkout)
    .set({ state: 'ended', endedAt: sql`statement_timestamp()` })
    .where(and(eq(checkout.id, checkoutId), eq(checkout.state, 'open')));
  // Of none, the condition would be the cart alone, and all of it would go.
  if (bought !== null && bought.length > 0) {
    const isBought = bought.map(({ editionId, number }) =>
      and(eq(cartLine.editionId, editionId), eq(cartLine.number, number)),
    );
    await tx.delete(cartLine).where(and(eq(cartLine.cartId, cartId), or(...isBought)));
  }
  const freed = await tx
    .update(cart)
    .set({ checkoutId: null, updatedAt: sql`statement_timestamp()` })
    .where(and(eq(cart.id, cartId), eq(cart.checkoutId, checkoutId)))
    .returning({ id: cart.id });
  // Only the cart's own checkout held its lines; one that ended earlier must not touch the holds of the next.
  if (freed.length === 1 && bought === null) {
    await tx
      .update(cartLine)
      .set({ holdUntil: null })
      .where(and(eq(cartLine.cartId, cartId), isNotNull(cartLine.holdUntil)));
  }
}
