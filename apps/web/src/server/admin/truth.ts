import { orderNumber } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { desc, isNotNull, isNull, sql } from 'drizzle-orm';

const { ledgerComparison, ledgerDifference, ledgerPosting, orders, payment } = schema;

/** An order whose charges are not what they must be. */
export interface Mismatch {
  readonly orderId: string;
  readonly orderNumber: string;
  readonly charges: number;
  readonly chargedMinor: number;
  /** Null: nobody has paid this order, and it was charged all the same. */
  readonly paidMinor: number | null;
}

/** The sentence that must stay true, and what speaks against it. */
export interface Truth {
  readonly holds: boolean;
  readonly paidOrders: number;
  /** In our ledger. */
  readonly charges: number;
  /** At most twenty. */
  readonly mismatches: readonly Mismatch[];
  /** Between ledger and provider, which nobody has settled. */
  readonly differences: number;
  /** The last day whose books were compared with the provider's; undefined: none was. */
  readonly compared: { readonly day: string; readonly moves: number; readonly finishedAt: Date } | undefined;
  /** By the database's clock. */
  readonly readAt: Date;
}

/**
 * Every order that was ever paid has exactly one charge, of the amount that it was paid with, and there is no other charge.
 * One statement, so that a purchase which commits meanwhile is in both counts or in none.
 */
export async function readTruth(db: Db): Promise<Truth> {
  const [row] = await db.execute<Counted>(sql`
    with off as (
      select coalesce(paid.id, charged.order_id)::text as id, coalesce(charged.n, 0)::int as charges,
        coalesce(charged.minor, 0)::int as minor, paid.captured_minor as paid_minor
      from (select o.id, p.captured_minor from ${orders} o join ${payment} p on p.order_id = o.id
            where o.paid_at is not null) paid
      full join (select order_id, count(*) as n, sum(amount_minor) as minor from ${ledgerPosting}
                 where kind = 'charge' group by order_id) charged on charged.order_id = paid.id
      where paid.id is null or charged.n is distinct from 1 or charged.minor is distinct from paid.captured_minor
      limit 20)
    select (select count(*)::int from ${orders} where paid_at is not null) as paid_orders,
      (select count(*)::int from ${ledgerPosting} where kind = 'charge') as charges,
      (select coalesce(json_agg(off), '[]') from off) as off,
      statement_timestamp()::text as read_at`);
  const { paid_orders: paidOrders = 0, charges = 0, off = [] } = row ?? {};
  const mismatches = off.map(({ id, minor, paid_minor: paidMinor, charges: many }) => ({
    ...{ orderId: id, orderNumber: orderNumber(id), charges: many, chargedMinor: minor, paidMinor },
  }));
  const differences = await db.$count(ledgerDifference, isNull(ledgerDifference.resolvedAt));
  return {
    holds: mismatches.length === 0 && paidOrders === charges && differences === 0,
    ...{ paidOrders, charges, mismatches, differences },
    compared: await lastCompared(db),
    readAt: new Date(row?.read_at ?? 0),
  };
}

interface Counted extends Record<string, unknown> {
  readonly paid_orders: number;
  readonly charges: number;
  readonly off: readonly { id: string; charges: number; minor: number; paid_minor: number | null }[];
  readonly read_at: string;
}

async function lastCompared(db: Db): Promise<Truth['compared']> {
  const [last] = await db
    .select()
    .from(ledgerComparison)
    .where(isNotNull(ledgerComparison.finishedAt))
    .orderBy(desc(ledgerComparison.day))
    .limit(1);
  return last?.finishedAt ? { day: last.day, moves: last.compared, finishedAt: last.finishedAt } : undefined;
}
