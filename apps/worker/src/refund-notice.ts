import { orderNumber } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { formatMoney, mailOf, type Row, type Sender } from './letter.ts';
import type { Mail } from './mailer.ts';
import { type Receipt, readReceipt } from './receipt.ts';

const { refund } = schema;

export interface RefundNotice {
  readonly receipt: Receipt;
  readonly refund: typeof refund.$inferSelect;
}

export class RefundNoticeError extends Error {
  override readonly name = 'RefundNoticeError';
  readonly code = 'REFUND_NOT_SENT';
}

/** @throws {RefundNoticeError} no such refund has gone out @throws {ReceiptError} */
export async function readRefundNotice(db: Db, orderId: string, refundId: string): Promise<RefundNotice> {
  const [found] = await db
    .select()
    .from(refund)
    .where(and(eq(refund.orderId, orderId), eq(refund.id, refundId)));
  if (!found?.endedAt) throw new RefundNoticeError(`order ${orderId} has no refund ${refundId} that has ended`);
  return { receipt: await readReceipt(db, orderId), refund: found };
}

/** The mail that says how much goes back, and which certificates are void with it. Pure, as a receipt. */
export function refundNoticeMail(
  { receipt: { order, lines, last4 }, refund: given }: RefundNotice,
  sender: Sender,
): Mail {
  const amount = formatMoney(given.amountMinor, given.currency);
  const number = orderNumber(order.id);
  const gone = lines.filter((line) => line.certificateVoidAt !== null);
  const copies = gone.map((line) => `${line.title}, No. ${line.number} of ${line.editionCopies}`);
  const rows: Row[] = [[`Order ${number}, paid`, formatMoney(order.totalMinor, order.currency)]];
  return mailOf(
    {
      about: 'refund',
      id: given.id,
      subject: `Refunded: ${amount} of your order ${number}`,
      greeting:
        given.reason === 'copy_gone'
          ? 'Your payment arrived after its print had gone to somebody else. We are sorry. All of it goes back to you:'
          : 'We have given money back to you:',
      rows,
      total: ['Refunded', amount],
      paragraphs: [
        [
          `It goes back ${last4 ? `to the card ending ${last4}` : 'the way it came'}; banks take up to 10 days to show it.`,
        ],
        ...(copies.length > 0 ? [['These are not yours any more, and their certificates are void:', ...copies]] : []),
      ],
      closing: 'This link opens your receipt, and says how it stands, to whoever has it:',
      date: given.endedAt ?? given.createdAt,
    },
    order,
    sender,
  );
}
