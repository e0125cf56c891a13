import { addressLines, orderNumber } from '@once/checkout';
import { framedAs } from '@once/checkout/framing';
import { type Db, schema } from '@once/db';
import { and, asc, eq } from 'drizzle-orm';
import { formatMoney, mailOf, type Row, type Sender } from './letter.ts';
import type { Mail } from './mailer.ts';

const { orderLine, orders, paymentAttempt } = schema;

export interface Receipt {
  readonly order: typeof orders.$inferSelect;
  readonly lines: readonly (typeof orderLine.$inferSelect)[];
  /** Of the card that paid; null where the provider did not say. */
  readonly last4: string | null;
}

export class ReceiptError extends Error {
  override readonly name = 'ReceiptError';
  readonly code: 'ORDER_NOT_PAID';

  constructor(orderId: string) {
    super(`order ${orderId} has no payment to write a receipt for`);
    this.code = 'ORDER_NOT_PAID';
  }
}

/** @throws {ReceiptError} the order was never paid */
export async function readReceipt(db: Db, orderId: string): Promise<Receipt> {
  const [order] = await db.select().from(orders).where(eq(orders.id, orderId));
  if (!order?.paidAt) throw new ReceiptError(orderId);
  const lines = await db.select().from(orderLine).where(eq(orderLine.orderId, orderId)).orderBy(asc(orderLine.line));
  const [attempt] = await db
    .select({ last4: paymentAttempt.last4 })
    .from(paymentAttempt)
    .where(and(eq(paymentAttempt.orderId, orderId), eq(paymentAttempt.state, 'paid')));
  return { order, lines, last4: attempt?.last4 ?? null };
}

/** The mail that says what was bought and that it was charged once. Pure: the same receipt gives the same mail. */
export function receiptMail({ order, lines, last4 }: Receipt, sender: Sender): Mail {
  const money = (minor: number) => formatMoney(minor, order.currency);
  const discount: Row[] = order.discountMinor > 0 ? [[`Code ${order.promotionCode}`, money(-order.discountMinor)]] : [];
  return mailOf(
    {
      about: 'receipt',
      id: order.id,
      subject: `Paid once: your order ${orderNumber(order.id)}`,
      greeting: 'Thank you. Your payment arrived, once, and these numbers are yours:',
      rows: [
        ...lines.map(
          (line): Row => [
            `${line.title}, No. ${line.number} of ${line.editionCopies}${framedAs(line)}`,
            money(line.priceMinor),
          ],
        ),
        ...discount,
        [order.shippingMethod === 'express' ? 'Express shipping' : 'Tracked shipping', money(order.shippingMinor)],
      ],
      total: ['Total', money(order.totalMinor)],
      paragraphs: [
        [`${money(order.totalMinor)} was charged once${last4 ? `, to the card ending ${last4}` : ''}.`],
        [`VAT of ${money(order.taxMinor)} is included.`],
        ['We send it to', ...addressLines(order)],
      ],
      closing:
        'Each number is sold once. This link opens your receipt and the certificate of each print, to whoever has it:',
      date: order.paidAt ?? order.createdAt,
    },
    order,
    sender,
  );
}
