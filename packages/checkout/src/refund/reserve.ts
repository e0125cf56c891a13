import { schema, type Tx } from '@once/db';
import { type Rejection, reject } from '@once/idempotency';
import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import { CheckoutError } from '../errors.ts';
import { inAskMinutes, lockOrder, lockPayment, type PaymentRow } from '../rows.ts';
import type { RefundInput } from './workflow.ts';

const { orderLine, payment, refund } = schema;

/** All that will be sent, frozen here. */
export interface RefundReserved {
  readonly orderId: string;
  readonly refundId: string;
  readonly intentId: string;
  readonly amountMinor: number;
}

/** The stored no of a refund: nothing was sent. */
export type RefundRefusal = {
  /** `changed`: something was refunded since the page was loaded. `exceeds`: more than is left of the charge. */
  readonly answer: 'changed' | 'exceeds';
  readonly capturedMinor: number;
  /** Refunded and on its way back. */
  readonly refundedMinor: number;
};

/**
 * The first phase of a refund: takes its amount out of what may still be given back.
 *
 * @throws {CheckoutError} `NOT_FOUND`, `PAYMENT_UNKNOWN`, `NOT_PAID`, `DISPUTED`, `REFUND_INVALID`; nothing is stored then,
 *   and the same key may try again
 */
export async function reserveRefund(tx: Tx, input: RefundInput): Promise<RefundReserved | Rejection<RefundRefusal>> {
  const order = await lockOrder(tx, input.orderId);
  const money = order && (await lockPayment(tx, order.id));
  if (!money) throw new CheckoutError('NOT_FOUND', 'no such order');
  const intentId = intentToRefund(money);
  await checkLines(tx, input);
  const { amountMinor, refundedMinor } = input;
  const reserved = await tx
    .update(payment)
    .set({ refundPendingMinor: sql`${payment.refundPendingMinor} + ${amountMinor}::int` })
    .where(
      and(
        eq(payment.orderId, money.orderId),
        eq(payment.state, 'succeeded'),
        or(isNull(payment.dispute), eq(payment.dispute, 'closed')),
        sql`${payment.refundedMinor} + ${payment.refundPendingMinor} = ${refundedMinor}::int`,
        sql`${payment.capturedMinor} - ${payment.refundedMinor} - ${payment.refundPendingMinor} >= ${amountMinor}::int`,
      ),
    )
    .returning({ orderId: payment.orderId });
  if (reserved.length === 0) return refusalOf(money, refundedMinor);
  await tx.insert(refund).values({
    ...{ orderId: money.orderId, id: input.refundId, amountMinor, currency: money.currency },
    ...{ reason: input.reason, actor: input.actor, lines: input.lines, askAt: inAskMinutes },
  });
  await appendAudit(tx, {
    ...{ orderId: money.orderId, actor: input.actor, action: 'refund.requested' },
    detail: { refundId: input.refundId, amountMinor, reason: input.reason },
  });
  return { orderId: money.orderId, refundId: input.refundId, intentId, amountMinor };
}

/** Says which of the reasons it is that nothing may be refunded, before anything is counted. */
function intentToRefund({ state, openAttempt, dispute, intentId }: PaymentRow): string {
  if (state !== 'succeeded' || !intentId) {
    throw openAttempt !== null || state === 'requires_action' || state === 'processing'
      ? new CheckoutError('PAYMENT_UNKNOWN', 'the payment is still under way: there may be nothing to refund')
      : new CheckoutError('NOT_PAID', 'nothing was paid for this order');
  }
  if (dispute === 'open' || dispute === 'lost') {
    throw new CheckoutError('DISPUTED', 'the charge is disputed: the bank decides where the money goes');
  }
  return intentId;
}

/** A copy goes back on sale once. */
async function checkLines(tx: Tx, { orderId, refundId, amountMinor, lines }: RefundInput): Promise<void> {
  if (amountMinor <= 0) throw new CheckoutError('REFUND_INVALID', 'a refund gives something back');
  if (lines.length === 0) return;
  const found = await tx
    .select({ line: orderLine.line })
    .from(orderLine)
    .where(and(eq(orderLine.orderId, orderId), inArray(orderLine.line, lines), isNull(orderLine.certificateVoidAt)));
  const others = await tx
    .select({ lines: refund.lines })
    .from(refund)
    .where(and(eq(refund.orderId, orderId), inArray(refund.state, ['pending', 'succeeded'])));
  const taken = new Set(others.flatMap((other) => other.lines));
  if (found.length < new Set(lines).size || lines.some((line) => taken.has(line))) {
    throw new CheckoutError(
      'REFUND_INVALID',
      `refund ${refundId} gives back a copy that is not there to be given back`,
    );
  }
}

function refusalOf(money: PaymentRow, seenMinor: number): Rejection<RefundRefusal> {
  const refundedMinor = money.refundedMinor + money.refundPendingMinor;
  const answer = refundedMinor === seenMinor ? 'exceeds' : 'changed';
  return reject({ answer, capturedMinor: money.capturedMinor, refundedMinor });
}
