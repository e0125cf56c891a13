import { type Db, schema, type Tx } from '@once/db';
import { and, eq, inArray, isNotNull, isNull, ne, or, type SQL, sql } from 'drizzle-orm';
import { type Actor, appendAccountAudit, appendAudit } from '../audit.ts';
import { CheckoutError } from '../errors.ts';
import { transact } from '../transact.ts';
import { customer, ERASED_EMAIL } from './customer.ts';

const { authUser, authVerification, checkout, orders, outbox, payment } = schema;

/** For so long the books of a sale must be kept, with whom it was to. */
export const KEPT_YEARS = 10;

export interface Erased {
  readonly accounts: number;
  readonly checkouts: number;
  readonly orders: number;
  /** Of these orders: name and address stay, as the law wants of an invoice, until the books may go. */
  readonly kept: number;
}

/**
 * Forgets a person: their account with its sessions, what they typed at checkouts, their e-mail address everywhere, and
 * name and address of orders that were never paid or whose books may go. One commit; done again, it finds nothing.
 *
 * @throws {CheckoutError} `ERASE_OPEN` while money of theirs may still move: nobody could be told of it
 */
export async function eraseCustomer(db: Db, email: string, actor: Actor): Promise<Erased> {
  return await transact(db, async (tx) => {
    const theirs = customer(tx, email);
    const accounts = await tx.select({ id: authUser.id }).from(authUser).where(theirs.account).for('update');
    const found = await tx.select({ id: checkout.id }).from(checkout).where(theirs.checkouts).orderBy(checkout.id);
    const ordered = await tx.select({ id: orders.id }).from(orders).where(theirs.orders);
    const orderIds = ordered.map(({ id }) => id);
    const checkouts = await forgetCheckouts(tx, [...found.map(({ id }) => id), ...orderIds]);
    const erased = await forgetOrders(tx, orderIds);
    await refuseOpen(tx, orderIds);
    const userIds = accounts.map(({ id }) => id);
    await forgetMails(tx, [...orderIds, ...userIds]);
    await forgetAccounts(tx, userIds, actor);
    if (erased.length > 0) {
      await appendAudit(tx, ...erased.map(({ id }) => ({ orderId: id, actor, action: 'order.erased' as const })));
    }
    return {
      ...{ accounts: userIds.length, checkouts, orders: erased.length },
      kept: erased.filter(({ name }) => name !== ERASED).length,
    };
  });
}

const ERASED = 'erased';
const NOBODY = { name: ERASED, line1: ERASED, line2: null, postalCode: ERASED, city: ERASED, region: null };

async function forgetCheckouts(tx: Tx, ids: readonly string[]): Promise<number> {
  const rows = await tx
    .update(checkout)
    .set({ email: null, name: null, line1: null, line2: null, postalCode: null, city: null, region: null })
    .where(and(inArray(checkout.id, [...ids]), or(isNotNull(checkout.email), isNotNull(checkout.name))))
    .returning({ id: checkout.id });
  return rows.length;
}

async function forgetOrders(tx: Tx, ids: readonly string[]): Promise<{ id: string; name: string }[]> {
  const booksMayGo = sql`(${orders.paidAt} is null
    or ${orders.paidAt} < statement_timestamp() - interval '${sql.raw(String(KEPT_YEARS))} years')`;
  const unlessKept = (column: keyof typeof NOBODY): SQL =>
    sql`case when ${booksMayGo} then ${NOBODY[column]}::text else ${orders[column]} end`;
  return await tx
    .update(orders)
    .set({
      // Who was forgotten is not read about either.
      receiptLinksEnded: sql`${orders.receiptLinksEnded} + 1`,
      ...{ email: ERASED_EMAIL, name: unlessKept('name'), line1: unlessKept('line1'), line2: unlessKept('line2') },
      ...{ postalCode: unlessKept('postalCode'), city: unlessKept('city'), region: unlessKept('region') },
    })
    .where(
      and(
        inArray(orders.id, [...ids]),
        ne(orders.state, 'reserved'),
        // Erased before and nothing new to forget: done again, it finds nothing.
        or(ne(orders.email, ERASED_EMAIL), and(booksMayGo, ne(orders.name, ERASED))),
      ),
    )
    .returning({ id: orders.id, name: orders.name });
}

/** After the orders were written, so that whoever pays or refunds at this moment has ended, or waits. */
async function refuseOpen(tx: Tx, orderIds: readonly string[]): Promise<void> {
  const [open] = await tx
    .select({ id: orders.id })
    .from(orders)
    .leftJoin(payment, eq(payment.orderId, orders.id))
    .where(
      and(
        inArray(orders.id, [...orderIds]),
        or(
          eq(orders.state, 'reserved'),
          isNotNull(orders.reviewReason),
          eq(payment.dispute, 'open'),
          sql`${payment.refundPendingMinor} > 0`,
        ),
      ),
    )
    .limit(1);
  if (open) throw new CheckoutError('ERASE_OPEN', `money of order ${open.id} may still move`, { orderId: open.id });
}

/** Mails that wait would go to nobody; what a mail server said of one that went may quote the address. */
async function forgetMails(tx: Tx, subjectIds: readonly string[]): Promise<void> {
  const theirs = inArray(outbox.orderId, [...subjectIds]);
  await tx.delete(outbox).where(and(theirs, isNull(outbox.deliveredAt)));
  await tx.update(outbox).set({ lastError: null, link: null }).where(theirs);
}

/** Sessions, passwords, and whose carts and orders they were, go with the account. */
async function forgetAccounts(tx: Tx, userIds: readonly string[], actor: Actor): Promise<void> {
  await tx.delete(authVerification).where(inArray(authVerification.value, [...userIds]));
  await tx.delete(authUser).where(inArray(authUser.id, [...userIds]));
  for (const userId of userIds) await appendAccountAudit(tx, { userId, actor, action: 'account.erased' });
}
