import { orderFigure, orderNumber } from '@once/checkout';
import { type Db, orderNumberOf, schema } from '@once/db';
import { and, desc, eq, inArray, isNotNull, lt, or, type SQL, sql } from 'drizzle-orm';
import { isId } from '#server/id.ts';
import { isUnknown } from './needs.ts';
import { type Page, pageOf, ROWS } from './page.ts';

const { ledgerPosting, orderLine, orders, payment, paymentAttempt, refund } = schema;

export const ORDER_FILTERS = [
  'all',
  'open',
  'paid',
  'cancelled',
  'refunded',
  'returned',
  'review',
  'unknown',
  'disputed',
] as const;
export type OrderFilter = (typeof ORDER_FILTERS)[number];

export interface ListedOrder {
  readonly id: string;
  readonly orderNumber: string;
  readonly state: (typeof orders.$inferSelect)['state'];
  readonly reviewReason: string | null;
  /** An attempt is open: it may charge. */
  readonly isOpen: boolean;
  readonly email: string;
  readonly name: string;
  readonly totalMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
  readonly createdAt: Date;
  /** `Lee Shore, 18/40`, and how many more. */
  readonly firstLine: string | null;
  readonly lines: number;
  readonly attempts: number;
  readonly replays: number;
}

export interface OrderQuestion {
  readonly filter: OrderFilter;
  /** What was typed: an order number, an e-mail, or an id of an order, a checkout or anything at the provider. */
  readonly search?: string | undefined;
  /** The id of the last order of the page before. */
  readonly after?: string | undefined;
}

/** Newest first. @returns undefined when what was typed can be none of the things that are looked for */
export async function listOrders(db: Db, question: OrderQuestion): Promise<Page<ListedOrder> | undefined> {
  const { filter, search = '', after } = question;
  const isFound = search === '' ? undefined : found(db, search);
  if (search !== '' && !isFound) return undefined;
  const ofOrder = (column: SQL, from: typeof paymentAttempt | typeof orderLine) =>
    sql<number>`(select ${column} from ${from} where ${from.orderId} = ${orders.id})`;
  const rows = await db
    .select({
      ...{ id: orders.id, state: orders.state, reviewReason: orders.reviewReason },
      isOpen: sql<boolean>`coalesce(${payment.openAttempt} is not null, false)`,
      ...{ email: orders.email, name: orders.name, totalMinor: orders.totalMinor, currency: orders.currency },
      ...{ createdAt: orders.createdAt, refundedMinor: sql<number>`coalesce(${payment.refundedMinor}, 0)` },
      firstLine: sql<string | null>`(select ${orderLine.title} || ', ' || ${orderLine.number} || '/' ||
        ${orderLine.editionCopies} from ${orderLine} where ${orderLine.orderId} = ${orders.id} order by line limit 1)`,
      lines: ofOrder(sql`count(*)::int`, orderLine),
      attempts: ofOrder(sql`count(*)::int`, paymentAttempt),
      replays: ofOrder(sql`coalesce(sum(replays), 0)::int`, paymentAttempt),
    })
    .from(orders)
    .leftJoin(payment, eq(payment.orderId, orders.id))
    .where(and(FILTERS[filter](db), isFound, after !== undefined && isId(after) ? lt(orders.id, after) : undefined))
    .orderBy(desc(orders.id))
    .limit(ROWS + 1);
  return pageOf(
    rows.map((row) => ({ ...row, orderNumber: orderNumber(row.id) })),
    ({ id }) => id,
  );
}

const inState =
  (...states: (typeof orders.$inferSelect)['state'][]) =>
  () =>
    inArray(orders.state, states);

const FILTERS: Readonly<Record<OrderFilter, (db: Db) => SQL | undefined>> = {
  all: () => undefined,
  open: inState('reserved'),
  paid: inState('paid'),
  cancelled: inState('cancelled'),
  refunded: inState('refunded'),
  returned: inState('returned'),
  review: () => isNotNull(orders.reviewReason),
  unknown: isUnknown,
  disputed: () => inArray(payment.dispute, ['open', 'lost']),
};

/** Each is answered by an index. Ids at the provider are looked for wherever we have written one down. */
function found(db: Db, search: string): SQL | undefined {
  if (search.includes('@')) return eq(sql`lower(${orders.email})`, search.toLowerCase());
  if (isId(search.toLowerCase())) return eq(orders.id, search.toLowerCase());
  const figure = orderFigure(search);
  if (figure !== undefined) return eq(orderNumberOf(orders.id), sql`${String(figure)}::text::bigint`);
  if (!/^[a-z]{2,6}_[A-Za-z0-9_]{1,200}$/.test(search)) return undefined;
  return or(
    eq(payment.intentId, search),
    inArray(
      orders.id,
      db.select({ id: ledgerPosting.orderId }).from(ledgerPosting).where(eq(ledgerPosting.providerObjectId, search)),
    ),
    inArray(orders.id, db.select({ id: refund.orderId }).from(refund).where(eq(refund.providerRefundId, search))),
  );
}
