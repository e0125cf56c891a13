import { schema, type Tx } from '@once/db';
import { and, eq, inArray, isNull } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import type { PrintLine } from '../cart.ts';
import { type BoughtCopy, takeForCharge } from '../copies.ts';
import type { Intent, MadeIntent } from '../payments/payments.ts';
import { priceOf } from '../pricing.ts';
import { findPromotion, takePromotion } from '../promotions.ts';
import { bear } from '../reserve.ts';
import { type CheckoutRow, cartLines, flagOrder, inAskMinutes, lineColumns, lockCheckout, lockOrder } from '../rows.ts';

const { checkout, edition, framing, orders, payment } = schema;

/**
 * Sees to it that an intent has its order here. One whose checkout we still have is made again, of what the checkout and the
 * intent say; it is settled afterwards, as every intent is.
 *
 * @returns false: we know neither order nor checkout, or not what was bought
 */
export async function rememberOrder(tx: Tx, { intent, copies }: MadeIntent): Promise<boolean> {
  const [found] = await tx.select({ id: checkout.id }).from(checkout).where(eq(checkout.id, intent.orderId));
  if (!found) return false;
  const open = await lockCheckout(tx, found.id);
  const order = await lockOrder(tx, open.id);
  // Nothing was charged, and the next press of Pay finds this intent by the order's id.
  if (!order && (intent.status === 'requires_confirmation' || intent.status === 'canceled')) return true;
  if (!order && !(await bearAgain(tx, open, copies))) return false;
  await storeIntent(tx, intent);
  return true;
}

async function bearAgain(tx: Tx, open: CheckoutRow, copies: readonly BoughtCopy[]): Promise<boolean> {
  const lines = copies.length > 0 ? await linesOf(tx, copies) : await cartLines(tx, open.cartId);
  if (lines.length === 0) return false;
  await takeForCharge(tx, open.id, lines, 'held');
  const promotion = await findPromotion(tx, open.promotionCode);
  if (promotion) await takePromotion(tx, promotion, open.id);
  const totals = priceOf(lines, open.shippingMethod, promotion);
  await bear(tx, withAddress(open), lines, { totals, promotion });
  await appendAudit(tx, { orderId: open.id, actor: 'worker', action: 'order.restored' });
  if (!hasAddress(open)) await flagOrder(tx, open.id, 'address_lost', 'worker');
  return true;
}

/** At the price of now: what the provider says of the amount decides whether somebody must look. */
async function linesOf(tx: Tx, copies: readonly BoughtCopy[]): Promise<PrintLine[]> {
  const ids = [...new Set(copies.map(({ editionId }) => editionId))];
  const prints = await tx
    .select({ ...lineColumns, priceMinor: edition.priceMinor })
    .from(edition)
    .where(inArray(edition.id, ids));
  const offers = await tx.select().from(framing).where(inArray(framing.editionId, ids));
  return copies.flatMap(({ editionId, number, frame }) => {
    const print = prints.find((one) => one.editionId === editionId);
    const offer = offers.find((one) => one.editionId === editionId && one.frame === frame);
    const framingMinor = offer?.priceMinor ?? 0;
    return print ? [{ ...print, number, frame, framingMinor, priceMinor: print.priceMinor + framingMinor }] : [];
  });
}

const hasAddress = ({ email, name, line1, postalCode, city, country }: CheckoutRow): boolean =>
  [email, name, line1, postalCode, city, country].every(Boolean);

/** What was typed after the instant that the database was restored to is gone; the provider may still know. */
function withAddress(open: CheckoutRow): CheckoutRow {
  if (hasAddress(open)) return open;
  const lost = 'lost in a restore';
  return {
    ...open,
    email: open.email || 'lost@once.invalid',
    name: open.name || lost,
    line1: open.line1 || lost,
    postalCode: open.postalCode || '-',
    city: open.city || lost,
    country: open.country || 'ZZ',
  };
}

/** Written once, as ever: an order that has one keeps it. Asked about from now on, whoever was to hear of it. */
async function storeIntent(tx: Tx, intent: Intent): Promise<void> {
  if (intent.status === 'canceled') return;
  const reserved = tx.select({ id: orders.id }).from(orders).where(eq(orders.state, 'reserved'));
  const stored = await tx
    .update(payment)
    .set({
      ...{ intentId: intent.id, askAt: inAskMinutes, redirectUrl: intent.redirectUrl },
      ...((intent.status === 'processing' || intent.status === 'requires_action') && { state: intent.status }),
    })
    .where(and(eq(payment.orderId, intent.orderId), isNull(payment.intentId), inArray(payment.orderId, reserved)))
    .returning({ orderId: payment.orderId });
  if (stored.length > 0) await appendAudit(tx, { orderId: intent.orderId, actor: 'worker', action: 'intent.stored' });
}
