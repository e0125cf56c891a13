import { schema, type Tx } from '@once/db';
import { and, eq, inArray, isNull, or, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { type Actor, appendAudit } from '../audit.ts';
import { returnCopies } from '../copies.ts';
import type { ProviderRefund } from '../payments/payments.ts';
import { flagOrder, lockCheckout, lockOrder, lockPayment, type OrderRow, type PaymentRow } from '../rows.ts';
import { COPY_GONE } from '../settle.ts';

const { ledgerPosting, orderLine, orders, outbox, payment, refund } = schema;

type RefundRow = typeof refund.$inferSelect;

/** What settling a refund found. */
export interface RefundSettled {
  /** False: no order of ours has this payment (yet). */
  readonly known: boolean;
  readonly moved: boolean;
  readonly orderId: string | null;
  readonly refundId: string | null;
}

/**
 * Records what has become of a refund: `succeeded` (posting, notice, certificates void, copies on sale again) or `failed`
 * (also after it had succeeded: some banks send the money back). Like `settlePayment` it may be called by anyone, any
 * number of times, in any order. A refund that was made at the provider by hand is taken into the books.
 *
 * @param given as the provider says it is now, never as an event said
 */
export async function settleRefund(tx: Tx, given: ProviderRefund, actor: Actor = 'provider'): Promise<RefundSettled> {
  const [paid] = await tx
    .select({ orderId: payment.orderId })
    .from(payment)
    .where(eq(payment.intentId, given.intentId));
  if (!paid) return { known: false, moved: false, orderId: null, refundId: null };
  await lockCheckout(tx, paid.orderId);
  const order = await lockOrder(tx, paid.orderId);
  const money = order && (await lockPayment(tx, order.id));
  // The charge comes first: until it is settled there is nothing that this could be a refund of.
  if (!order || money?.state !== 'succeeded') {
    return { known: false, moved: false, orderId: paid.orderId, refundId: null };
  }
  const found = await findRow(tx, order.id, given);
  // One that we never heard of and that failed has moved nothing.
  if (!found && given.status === 'failed') return { known: true, moved: false, orderId: order.id, refundId: null };
  const row = found ?? (await adopt(tx, money, given));
  if (!row) {
    await flagOrder(tx, order.id, 'refund_unexpected', actor);
    return { known: true, moved: false, orderId: order.id, refundId: null };
  }
  const moved = await move(tx, { order, row, given, actor });
  return { known: true, moved, orderId: order.id, refundId: row.id };
}

/** Records that a refund was refused as such: the provider has none, and the amount may be refunded again. */
export async function failRefund(
  tx: Tx,
  { orderId, refundId }: { readonly orderId: string; readonly refundId: string },
  reason: string,
  actor: Actor,
): Promise<void> {
  await lockOrder(tx, orderId);
  await lockPayment(tx, orderId);
  const [row] = await tx
    .select()
    .from(refund)
    .where(and(eq(refund.orderId, orderId), eq(refund.id, refundId)));
  if (row) await fail(tx, row, { actor, failure: reason, providerRefundId: null });
}

interface Moving {
  readonly order: OrderRow;
  readonly row: RefundRow;
  readonly given: ProviderRefund;
  readonly actor: Actor;
}

async function move(tx: Tx, moving: Moving): Promise<boolean> {
  const { row, given, actor } = moving;
  switch (given.status) {
    case 'pending':
      return await notePending(tx, moving);
    case 'succeeded':
      return await succeed(tx, moving);
    case 'failed':
      return await fail(tx, row, { actor, failure: given.failure, providerRefundId: given.id });
  }
}

async function findRow(tx: Tx, orderId: string, given: ProviderRefund): Promise<RefundRow | undefined> {
  const ours = given.refundId === null ? undefined : eq(refund.id, given.refundId);
  const [row] = await tx
    .select()
    .from(refund)
    .where(and(eq(refund.orderId, orderId), or(eq(refund.providerRefundId, given.id), ours)));
  return row;
}

/** Made at the provider by hand, or by us before a restore. @returns undefined: more than the charge has left */
async function adopt(tx: Tx, money: PaymentRow, given: ProviderRefund): Promise<RefundRow | undefined> {
  const fits = await tx
    .update(payment)
    .set({ refundPendingMinor: sql`${payment.refundPendingMinor} + ${given.amountMinor}::int` })
    .where(
      and(
        eq(payment.orderId, money.orderId),
        eq(payment.currency, given.currency),
        sql`${payment.capturedMinor} - ${payment.refundedMinor} - ${payment.refundPendingMinor} >= ${given.amountMinor}::int`,
      ),
    )
    .returning({ orderId: payment.orderId });
  if (fits.length === 0) return undefined;
  const [row] = await tx
    .insert(refund)
    .values({
      ...{ orderId: money.orderId, id: given.refundId ?? uuidv7(), providerRefundId: given.id },
      ...{ amountMinor: given.amountMinor, currency: given.currency, reason: 'made_at_provider', actor: 'provider' },
    })
    .returning();
  return row;
}

async function notePending(tx: Tx, { row, given, actor }: Moving): Promise<boolean> {
  const noted = await tx
    .update(refund)
    .set({ providerRefundId: given.id })
    .where(and(isRow(row), eq(refund.state, 'pending'), isNull(refund.providerRefundId)))
    .returning({ id: refund.id });
  if (noted.length > 0) await write(tx, row, actor, 'refund.pending');
  return noted.length > 0;
}

async function succeed(tx: Tx, moving: Moving): Promise<boolean> {
  const { order, row, given, actor } = moving;
  const ended = await tx
    .update(refund)
    .set({ state: 'succeeded', providerRefundId: given.id, endedAt: sql`statement_timestamp()`, askAt: null })
    .where(and(isRow(row), eq(refund.state, 'pending')))
    .returning({ id: refund.id });
  // Failed is failed: a look-up that lags behind may still say otherwise.
  if (ended.length === 0) return false;
  const [money] = await tx
    .update(payment)
    .set({
      refundedMinor: sql`${payment.refundedMinor} + ${row.amountMinor}::int`,
      refundPendingMinor: sql`${payment.refundPendingMinor} - ${row.amountMinor}::int`,
    })
    .where(eq(payment.orderId, order.id))
    .returning();
  await post(tx, row, given.id, 'refund');
  await tx.insert(outbox).values({ orderId: order.id, kind: 'refund_notice', subjectId: row.id }).onConflictDoNothing();
  await write(tx, row, actor, 'refund.succeeded');
  const isWhole = money?.refundedMinor === money?.capturedMinor;
  await takeBack(tx, order.id, isWhole ? 'all' : row.lines);
  if (isWhole) await endOrder(tx, order, actor);
  return true;
}

/** Certificates void and copies on sale again, in this commit: nobody has a valid certificate of a copy that is for sale. */
async function takeBack(tx: Tx, orderId: string, lines: readonly number[] | 'all'): Promise<void> {
  if (lines !== 'all' && lines.length === 0) return;
  const copies = await tx
    .update(orderLine)
    .set({ certificateVoidAt: sql`statement_timestamp()` })
    .where(
      and(
        eq(orderLine.orderId, orderId),
        isNull(orderLine.certificateVoidAt),
        lines === 'all' ? undefined : inArray(orderLine.line, [...lines]),
      ),
    )
    .returning({ editionId: orderLine.editionId, number: orderLine.number });
  await returnCopies(tx, orderId, copies);
}

async function endOrder(tx: Tx, order: OrderRow, actor: Actor): Promise<void> {
  const isReturn = order.reviewReason === COPY_GONE;
  const ended = await tx
    .update(orders)
    // What a person was to look at has been put right.
    .set({ state: isReturn ? 'returned' : 'refunded', ...(isReturn && { reviewReason: null }) })
    .where(and(eq(orders.id, order.id), eq(orders.state, 'paid')))
    .returning({ id: orders.id });
  if (ended.length === 0) return;
  await appendAudit(tx, { orderId: order.id, actor, action: isReturn ? 'order.returned' : 'order.refunded' });
}

async function fail(
  tx: Tx,
  row: RefundRow,
  facts: { readonly actor: Actor; readonly failure: string | null; readonly providerRefundId: string | null },
): Promise<boolean> {
  const ended = await tx
    .update(refund)
    .set({
      ...{ state: 'failed', failure: facts.failure, endedAt: sql`statement_timestamp()`, askAt: null },
      providerRefundId: facts.providerRefundId ?? row.providerRefundId,
    })
    .where(and(isRow(row), eq(refund.state, row.state), inArray(refund.state, ['pending', 'succeeded'])))
    .returning({ id: refund.id });
  if (ended.length === 0) return false;
  const [column, from] =
    row.state === 'pending'
      ? (['refundPendingMinor', payment.refundPendingMinor] as const)
      : (['refundedMinor', payment.refundedMinor] as const);
  await tx
    .update(payment)
    .set({ [column]: sql`${from} - ${row.amountMinor}::int` })
    .where(eq(payment.orderId, row.orderId));
  if (row.state === 'succeeded') await post(tx, row, facts.providerRefundId ?? row.id, 'refund_reversal');
  await write(tx, row, facts.actor, 'refund.failed', { failure: facts.failure });
  await flagOrder(tx, row.orderId, 'refund_failed', facts.actor);
  return true;
}

async function post(tx: Tx, row: RefundRow, providerObjectId: string, kind: 'refund' | 'refund_reversal') {
  const [debit, credit] = kind === 'refund' ? ['sales', 'provider_balance'] : ['provider_balance', 'sales'];
  const { orderId, amountMinor, currency } = row;
  await tx
    .insert(ledgerPosting)
    .values({ orderId, providerObjectId, kind, debit, credit, amountMinor, currency })
    .onConflictDoNothing();
}

const write = async (
  tx: Tx,
  { orderId, id, amountMinor }: RefundRow,
  actor: Actor,
  action: 'refund.pending' | 'refund.succeeded' | 'refund.failed',
  detail: Record<string, string | null> = {},
) => await appendAudit(tx, { orderId, actor, action, detail: { refundId: id, amountMinor, ...detail } });

const isRow = (row: RefundRow) => and(eq(refund.orderId, row.orderId), eq(refund.id, row.id));
