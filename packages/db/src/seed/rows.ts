import type * as schema from '../schema/index.ts';
import type { Sale } from './sales.ts';
import { seededId, seededNumber, seededProviderId } from './seeded.ts';
import { CURRENCY } from './stock.ts';

type Row<T extends { readonly $inferInsert: unknown }> = T['$inferInsert'];

/** Everything that one order left in the database. */
export interface SaleRows {
  readonly id: string;
  readonly checkout: Row<typeof schema.checkout>;
  readonly order: Row<typeof schema.orders>;
  readonly lines: Row<typeof schema.orderLine>[];
  readonly payment: Row<typeof schema.payment>;
  readonly attempts: Row<typeof schema.paymentAttempt>[];
  readonly postings: Row<typeof schema.ledgerPosting>[];
  readonly refunds: Row<typeof schema.refund>[];
  readonly outbox: Row<typeof schema.outbox>[];
}

const SECOND_MS = 1_000;
/**
 * A seeded order that is still reserved keeps its copy: a hold that ended would be ended by the worker at its first turn,
 * and the shop would have no order in that state to show.
 */
const RESERVED_UNTIL = new Date(Date.UTC(2126, 0, 1));

export function rowsOf(sale: Sale): SaleRows {
  const id = seededId(`order:${sale.name}`, sale.openedAt);
  const totals = totalsOf(sale);
  const after = (seconds: number) => new Date(sale.openedAt.getTime() + seconds * SECOND_MS);
  const attempts = attemptsOf(sale, id, after);
  const endedAt = sale.end === 'reserved' ? null : after(60 * (attempts.length + 1));
  const charged = sale.end === 'paid' || sale.end === 'refunded' || sale.end === 'returned';
  const paidAt = charged ? endedAt : null;
  const refundedAt = sale.end === 'refunded' ? after(86_400) : sale.end === 'returned' ? after(3_600) : null;
  const { cartId, since: _since, ...contact } = sale.person;
  const common = { cartId, ...contact, shippingMethod: totals.shippingMethod, currency: CURRENCY };
  return {
    id,
    checkout: {
      ...common,
      id,
      state: endedAt ? 'ended' : 'open',
      refusals: attempts.filter((attempt) => attempt.state === 'declined').length,
      holdUntil: endedAt ? after(600) : RESERVED_UNTIL,
      createdAt: sale.openedAt,
      endedAt,
    },
    order: {
      ...common,
      id,
      state: sale.end,
      reviewReason: sale.reviewReason,
      subtotalMinor: totals.subtotalMinor,
      shippingMinor: totals.shippingMinor,
      taxMinor: totals.taxMinor,
      totalMinor: totals.totalMinor,
      createdAt: after(55),
      paidAt,
      cancelledAt: sale.end === 'cancelled' ? endedAt : null,
    },
    lines: sale.lines.map(({ edition, number }, line) => ({
      orderId: id,
      line,
      editionId: edition.id,
      number,
      slug: edition.slug,
      title: edition.title,
      editionCopies: edition.copies,
      priceMinor: edition.priceMinor,
      certificateVoidAt: refundedAt,
    })),
    payment: paymentOf(sale, id, totals.totalMinor, charged),
    attempts,
    ...moneyOf(sale, id, totals.totalMinor, { paidAt, refundedAt }),
    outbox: paidAt
      ? [{ orderId: id, kind: 'receipt', createdAt: paidAt, dueAt: paidAt, tries: 1, deliveredAt: afterwards(paidAt) }]
      : [],
  };
}

function totalsOf(sale: Sale) {
  const express = seededNumber(`shipping:${sale.name}`, 5) === 0;
  const subtotalMinor = sale.lines.reduce((sum, { edition }) => sum + edition.priceMinor, 0);
  const shippingMinor = express ? 2400 : 1200;
  const totalMinor = subtotalMinor + shippingMinor;
  // 19 % VAT that the total includes, to the nearest cent.
  const taxMinor = Math.floor((2 * totalMinor * 19 + 119) / (2 * 119));
  const shippingMethod: 'express' | 'tracked' = express ? 'express' : 'tracked';
  return { subtotalMinor, shippingMinor, totalMinor, taxMinor, shippingMethod };
}

function attemptsOf(sale: Sale, id: string, after: (seconds: number) => Date): SaleRows['attempts'] {
  const attempts: SaleRows['attempts'] = sale.declines.map((reason, attempt) => ({
    orderId: id,
    attempt,
    state: 'declined',
    confirmationToken: seededProviderId('ctoken', `${sale.name}.${attempt}`),
    last4: reason === 'card_declined' ? '0002' : reason === 'insufficient_funds' ? '9995' : '4242',
    reason,
    openedAt: after(55 + 60 * attempt),
    endedAt: after(57 + 60 * attempt),
  }));
  if (sale.end === 'reserved' || sale.end === 'cancelled') return attempts;
  const attempt = attempts.length;
  attempts.push({
    orderId: id,
    attempt,
    state: 'paid',
    confirmationToken: seededProviderId('ctoken', `${sale.name}.${attempt}`),
    last4: ['4242', '4444', '8210', '1117'][seededNumber(`card:${sale.name}`, 4)] ?? '4242',
    recovered: sale.recovered,
    openedAt: after(55 + 60 * attempt),
    endedAt: after(60 * (attempt + 2)),
  });
  return attempts;
}

function paymentOf(sale: Sale, id: string, totalMinor: number, charged: boolean): SaleRows['payment'] {
  const given = sale.end === 'refunded' || sale.end === 'returned';
  return {
    orderId: id,
    state: charged ? 'succeeded' : sale.end === 'cancelled' ? 'canceled' : 'new',
    intentId: sale.end === 'reserved' ? null : seededProviderId('pi', sale.name),
    capturedMinor: charged ? totalMinor : 0,
    refundedMinor: given ? totalMinor : 0,
    currency: CURRENCY,
  };
}

function moneyOf(
  sale: Sale,
  id: string,
  totalMinor: number,
  { paidAt, refundedAt }: { paidAt: Date | null; refundedAt: Date | null },
): Pick<SaleRows, 'postings' | 'refunds'> {
  const common = { orderId: id, amountMinor: totalMinor, currency: CURRENCY };
  const chargeId = seededProviderId('ch', sale.name);
  const refundId = seededProviderId('re', sale.name);
  const postings: SaleRows['postings'] = [];
  const refunds: SaleRows['refunds'] = [];
  if (paidAt) {
    const posting = {
      ...common,
      providerObjectId: chargeId,
      debit: 'provider_balance',
      credit: 'sales',
      postedAt: paidAt,
    };
    postings.push({ ...posting, kind: 'charge' });
  }
  if (refundedAt) {
    const posting = {
      ...common,
      providerObjectId: refundId,
      debit: 'sales',
      credit: 'provider_balance',
      postedAt: refundedAt,
    };
    postings.push({ ...posting, kind: 'refund' });
    refunds.push({
      ...common,
      id: seededId(`refund:${sale.name}`, refundedAt),
      state: 'succeeded',
      providerRefundId: refundId,
      reason: sale.end === 'returned' ? 'copy_gone' : 'requested_by_customer',
      actor: 'seed',
      lines: sale.lines.map((_, line) => line),
      createdAt: refundedAt,
      endedAt: afterwards(refundedAt),
    });
  }
  return { postings, refunds };
}

const afterwards = (at: Date): Date => new Date(at.getTime() + 3 * SECOND_MS);
