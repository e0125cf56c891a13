import { type Db, schema } from '@once/db';
import { and, asc, eq, isNull, lte, sql } from 'drizzle-orm';
import { fullJitter } from './loop.ts';
import type { Mailer } from './mailer.ts';
import { readReceipt, receiptMail } from './receipt.ts';

// A mail is written with the change that it tells of (outbox) and sent here, after that commit:
//
//   take ─▶ send ─▶ mark delivered        each arrow may be the last thing this process does
//     └─ due_at moves past the lease, so that nobody else sends meanwhile; after it anybody takes it again
//
// So a mail goes out at least once. A second copy carries the same Message-ID, by which mailboxes show it as one.

const { outbox } = schema;

export interface DeliverOptions {
  readonly db: Db;
  readonly mailer: Mailer;
  readonly publicUrl: string;
  /** How long one sending may take before another process may try. */
  readonly leaseMs?: number;
  readonly onFailure?: (failure: DeliveryFailure) => void;
  /** Crash points of tests: `taken:receipt`, `sent:receipt`. */
  readonly at?: ((point: string) => void) | undefined;
}

export interface DeliveryFailure {
  readonly orderId: string;
  readonly kind: string;
  readonly tries: number;
  /** It has failed so often that a person should look. It is still tried. */
  readonly alert: boolean;
  readonly error: unknown;
}

const LEASE_MS = 120_000;
const BACKOFF = { baseMs: 5_000, maxMs: 3_600_000 };
const ALERT_TRIES = 8;

/**
 * Sends up to `limit` mails that are due. Any number of processes may do so at once: a mail is with one of them at a time.
 *
 * @returns how many this call took
 */
export async function deliver(options: DeliverOptions, limit: number, signal?: AbortSignal): Promise<number> {
  const due = await options.db
    .select({ orderId: outbox.orderId, kind: outbox.kind })
    .from(outbox)
    .where(isDue)
    .orderBy(asc(outbox.dueAt))
    .limit(limit);
  let taken = 0;
  for (const { orderId, kind } of due) {
    if (signal?.aborted) break;
    const mail = await take(options, orderId, kind);
    if (!mail) continue; // another process has it
    taken += 1;
    options.at?.(`taken:${kind}`);
    await sendTaken(options, mail);
  }
  return taken;
}

type Taken = Awaited<ReturnType<typeof take>> & {};

const isDue = and(isNull(outbox.deliveredAt), lte(outbox.dueAt, sql`statement_timestamp()`));

const dueIn = (ms: number) => sql`statement_timestamp() + ${ms}::text::int * interval '1 millisecond'`;

async function take({ db, leaseMs = LEASE_MS }: DeliverOptions, orderId: string, kind: 'receipt') {
  const [mail] = await db
    .update(outbox)
    .set({ dueAt: dueIn(leaseMs), tries: sql`${outbox.tries} + 1` })
    .where(and(eq(outbox.orderId, orderId), eq(outbox.kind, kind), isDue))
    .returning({ orderId: outbox.orderId, kind: outbox.kind, tries: outbox.tries });
  return mail;
}

async function sendTaken(options: DeliverOptions, mail: Taken): Promise<void> {
  const { db, mailer, publicUrl } = options;
  const thisMail = and(eq(outbox.orderId, mail.orderId), eq(outbox.kind, mail.kind), isNull(outbox.deliveredAt));
  try {
    await mailer.send(receiptMail(await readReceipt(db, mail.orderId), publicUrl));
  } catch (error) {
    const backoffMs = fullJitter(mail.tries, BACKOFF);
    // `tries` names the holder: one whose lease ran out must not move the time of whoever sends now.
    await db
      .update(outbox)
      .set({ dueAt: dueIn(backoffMs), lastError: oneLine(error) })
      .where(and(thisMail, eq(outbox.tries, mail.tries)));
    options.onFailure?.({ ...mail, alert: mail.tries >= ALERT_TRIES, error });
    return;
  }
  options.at?.(`sent:${mail.kind}`);
  // Whoever sent it may say so, lease or no lease: the mail is out. Zero rows: another one said so first.
  await db.update(outbox).set({ deliveredAt: sql`statement_timestamp()`, lastError: null }).where(thisMail);
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, ' ').slice(0, 500);
}
