import { ERASED_EMAIL, fullJitter } from '@once/checkout';
import { type Db, schema } from '@once/db';
import { and, asc, eq, isNull, lte, sql } from 'drizzle-orm';
import { accountMail, readAccountMail } from './account-mail.ts';
import type { Sender } from './letter.ts';
import type { Mail, Mailer } from './mailer.ts';
import { readReceipt, receiptMail } from './receipt.ts';
import { readRefundNotice, refundNoticeMail } from './refund-notice.ts';

// A mail is written with the change that it tells of (outbox) and sent here, after that commit:
//
//   take ─▶ send ─▶ mark delivered        each arrow may be the last thing this process does
//     └─ due_at moves past the lease, so that nobody else sends meanwhile; after it anybody takes it again
//
// So a mail goes out at least once. A second copy carries the same Message-ID, by which mailboxes show it as one.

const { outbox } = schema;

export interface DeliverOptions extends Sender {
  readonly db: Db;
  readonly mailer: Mailer;
  /** How long one sending may take before another process may try. */
  readonly leaseMs?: number;
  readonly onFailure?: (failure: DeliveryFailure) => void;
  /** Crash points of tests: `taken:receipt`, `sent:receipt`, and the same of `refund_notice`. */
  readonly at?: ((point: string) => void) | undefined;
}

export interface DeliveryFailure {
  readonly orderId: string;
  readonly kind: string;
  readonly tries: number;
  /** It has failed so often that a person should look. */
  readonly alert: boolean;
  /** It is not tried any more: a dead letter, kept for a person. */
  readonly dead: boolean;
  readonly error: unknown;
}

const LEASE_MS = 120_000;
const BACKOFF = { baseMs: 5_000, maxMs: 3_600_000 };
const ALERT_TRIES = 8;
/** About a day of tries. */
const MOST_TRIES = 30;

/**
 * Sends up to `limit` mails that are due. Any number of processes may do so at once: a mail is with one of them at a time.
 *
 * @returns how many this call took
 */
export async function deliver(options: DeliverOptions, limit: number, signal?: AbortSignal): Promise<number> {
  const due = await options.db
    .select({ orderId: outbox.orderId, kind: outbox.kind, subjectId: outbox.subjectId })
    .from(outbox)
    .where(isDue)
    .orderBy(asc(outbox.dueAt))
    .limit(limit);
  let taken = 0;
  for (const named of due) {
    if (signal?.aborted) break;
    const mail = await take(options, named);
    if (!mail) continue; // another process has it
    taken += 1;
    options.at?.(`taken:${named.kind}`);
    await sendTaken(options, mail);
  }
  return taken;
}

type Named = Pick<typeof outbox.$inferSelect, 'orderId' | 'kind' | 'subjectId'>;
type Taken = Awaited<ReturnType<typeof take>> & {};

const isOpen = and(isNull(outbox.deliveredAt), isNull(outbox.deadAt));
const isDue = and(isOpen, lte(outbox.dueAt, sql`statement_timestamp()`));

const dueIn = (ms: number) => sql`statement_timestamp() + ${ms}::text::int * interval '1 millisecond'`;

const isThis = ({ orderId, kind, subjectId }: Named) =>
  and(eq(outbox.orderId, orderId), eq(outbox.kind, kind), eq(outbox.subjectId, subjectId));

async function take({ db, leaseMs = LEASE_MS }: DeliverOptions, named: Named) {
  const [mail] = await db
    .update(outbox)
    .set({ dueAt: dueIn(leaseMs), tries: sql`${outbox.tries} + 1` })
    .where(and(isThis(named), isDue))
    .returning({ orderId: outbox.orderId, kind: outbox.kind, subjectId: outbox.subjectId, tries: outbox.tries });
  return mail;
}

async function sendTaken(options: DeliverOptions, mail: Taken): Promise<void> {
  const { db, mailer } = options;
  const thisMail = and(isThis(mail), isNull(outbox.deliveredAt));
  try {
    const letter = await written(options, mail);
    // To somebody who was forgotten since: there is nobody to tell.
    if (letter.to.address !== ERASED_EMAIL) await mailer.send(letter);
  } catch (error) {
    const dead = mail.tries >= MOST_TRIES;
    // `tries` names the holder: one whose lease ran out must not move the time of whoever sends now.
    await db
      .update(outbox)
      .set({
        ...{ dueAt: dueIn(fullJitter(mail.tries, BACKOFF)), lastError: oneLine(error) },
        ...(dead && { deadAt: sql`statement_timestamp()`, link: null }),
      })
      .where(and(thisMail, eq(outbox.tries, mail.tries)));
    const { orderId, kind, tries } = mail;
    options.onFailure?.({ orderId, kind, tries, alert: tries >= ALERT_TRIES, dead, error });
    return;
  }
  options.at?.(`sent:${mail.kind}`);
  // Whoever sent it may say so, lease or no lease: the mail is out. Zero rows: another one said so first.
  await db.update(outbox).set({ deliveredAt: sql`statement_timestamp()`, lastError: null, link: null }).where(thisMail);
}

async function written(options: DeliverOptions, { kind, orderId, subjectId }: Named): Promise<Mail> {
  const { db, publicUrl } = options;
  switch (kind) {
    case 'receipt':
      return receiptMail(await readReceipt(db, orderId), options);
    case 'refund_notice':
      return refundNoticeMail(await readRefundNotice(db, orderId, subjectId), options);
    case 'confirm_email':
    case 'reset_password':
    case 'has_account':
      return accountMail(kind, await readAccountMail(db, { userId: orderId, kind, subjectId }), publicUrl);
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 500);
}
