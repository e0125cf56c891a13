import type postgres from 'postgres';
import type { ShopRecord } from './evidence.ts';
import { PROMOTION_CODE } from './shopper.ts';

/** What the shop has written down since the soak began. */
export async function collectShop(sql: postgres.Sql, since: string): Promise<ShopRecord> {
  const born = sql`o.created_at >= ${since}::text::timestamptz`;
  // One after the other: what a lost connection broke is read again as a whole.
  return {
    copies: [
      ...(await sql<ShopRecord['copies']>`
        select c.edition_id as "editionId", c.number, c.state, c.held_by as "heldBy"
        from copy c join edition e on e.id = c.edition_id where e.published_at >= ${since}::text::timestamptz`),
    ],
    orders: [
      ...(await sql<ShopRecord['orders']>`
        select o.id, o.state, o.paid_at is not null as "isPaid", o.review_reason as "reviewReason",
          o.total_minor as "totalMinor", o.discount_minor as "discountMinor", o.currency,
          o.shipping_method as "shippingMethod", o.promotion_code as "promotionCode"
        from orders o where ${born}`),
    ],
    lines: [
      ...(await sql<ShopRecord['lines']>`
        select l.order_id as "orderId", l.edition_id as "editionId", l.number, l.price_minor as "priceMinor",
          l.certificate_void_at is not null as "isVoid"
        from order_line l join orders o on o.id = l.order_id where ${born}`),
    ],
    payments: [
      ...(await sql<ShopRecord['payments']>`
        select p.order_id as "orderId", p.state, p.intent_id as "intentId", p.captured_minor as "capturedMinor",
          p.refunded_minor as "refundedMinor", p.refund_pending_minor as "pendingMinor"
        from payment p join orders o on o.id = p.order_id where ${born}`),
    ],
    attempts: [
      ...(await sql<ShopRecord['attempts']>`
        select a.order_id as "orderId", a.attempt, a.state, a.confirmation_token as token
        from payment_attempt a join orders o on o.id = a.order_id where ${born}`),
    ],
    postings: [
      ...(await sql<ShopRecord['postings']>`
        select p.order_id as "orderId", p.kind, p.amount_minor as "amountMinor", p.provider_object_id as "objectId"
        from ledger_posting p join orders o on o.id = p.order_id where ${born}`),
    ],
    refunds: [
      ...(await sql<ShopRecord['refunds']>`
        select r.order_id as "orderId", r.id, r.state, r.amount_minor as "amountMinor"
        from refund r join orders o on o.id = r.order_id where ${born}`),
    ],
    audit: [
      ...(await sql<ShopRecord['audit']>`
        select a.subject_id as "orderId", a.action, a.attempt, coalesce((a.detail ->> 'late')::boolean, false) as late
        from audit a join orders o on o.id = a.subject_id where ${born} order by a.at, a.id`),
    ],
    promotionUses: [
      ...(await sql<ShopRecord['promotionUses']>`
        select order_id as "orderId", code from promotion_use where code = ${PROMOTION_CODE}`),
    ],
    differences: [...(await sql<ShopRecord['differences']>`select order_id as "orderId", kind from ledger_difference`)],
    promotionUsesLeft: await usesLeft(sql),
    events: [
      ...(await sql<ShopRecord['events']>`
        select id, applied_at is not null as "isApplied", parked_at is not null as "isParked" from provider_event`),
    ],
    records: [
      ...(await sql<ShopRecord['records']>`
        select id, operation, scope, key, state::int as state from idempotency.record
        where created_at >= ${since}::text::timestamptz`),
    ],
    mails: [
      ...(await sql<ShopRecord['mails']>`
        select m.order_id as "orderId", m.kind, m.delivered_at is not null as "isDelivered"
        from outbox m join orders o on o.id = m.order_id where ${born}`),
    ],
  };
}

async function usesLeft(sql: postgres.Sql): Promise<number> {
  const [row] = await sql<{ left: number }[]>`
    select uses_left as left from promotion where code = ${PROMOTION_CODE}`;
  return row?.left ?? 0;
}
