import { type Db, schema } from '@once/db';
import { asc, inArray } from 'drizzle-orm';
import { customer } from './customer.ts';

const { audit, authSession, authUser, checkout, orderLine, orders, outbox, paymentAttempt, refund } = schema;

/** Everything that is stored of a person, as they may ask for it. What opens something (passwords, tokens, links) is left out. */
export async function exportCustomer(db: Db, email: string) {
  const theirs = customer(db, email);
  const accounts = await db.select().from(authUser).where(theirs.account);
  const ordered = await db.select().from(orders).where(theirs.orders).orderBy(asc(orders.createdAt));
  const orderIds = ordered.map(({ id }) => id);
  const userIds = accounts.map(({ id }) => id);
  const { id, userId, ipAddress, userAgent, createdAt, expiresAt } = authSession;
  const subjects = [...orderIds, ...userIds];
  return {
    accounts,
    sessions: await db
      .select({ id, userId, ipAddress, userAgent, createdAt, expiresAt })
      .from(authSession)
      .where(inArray(userId, userIds)),
    checkouts: await db.select().from(checkout).where(theirs.checkouts).orderBy(asc(checkout.createdAt)),
    orders: ordered,
    orderLines: await db.select().from(orderLine).where(inArray(orderLine.orderId, orderIds)),
    attempts: await db.select(attemptFields()).from(paymentAttempt).where(inArray(paymentAttempt.orderId, orderIds)),
    refunds: await db.select().from(refund).where(inArray(refund.orderId, orderIds)),
    mails: await db
      .select({ subjectId: outbox.orderId, kind: outbox.kind, at: outbox.createdAt, deliveredAt: outbox.deliveredAt })
      .from(outbox)
      .where(inArray(outbox.orderId, subjects)),
    events: await db
      .select({ subjectId: audit.subjectId, action: audit.action, at: audit.at })
      .from(audit)
      .where(inArray(audit.subjectId, subjects))
      .orderBy(asc(audit.at)),
  };
}

/** Without the token: it was the provider's, for one use. */
function attemptFields() {
  const { orderId, attempt, state, last4, reason, openedAt, endedAt } = paymentAttempt;
  return { orderId, attempt, state, last4, reason, openedAt, endedAt };
}
