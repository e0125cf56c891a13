import { type Db, schema, type Tx } from '@once/db';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';

export const ActorSchema = z.union([
  z.enum(['shopper', 'web', 'worker', 'provider']),
  z.templateLiteral(['staff:', z.string().min(1)]),
]);

/** Who moved something: the shopper by a press, a process that finished it, the provider by a word of its own, or staff. */
export type Actor = z.infer<typeof ActorSchema>;

/** Subject of what is done to no order. */
const NO_ORDER = '00000000-0000-0000-0000-000000000000';

export interface AuditEntry {
  /** Null: it is about no order. */
  readonly orderId: string | null;
  readonly actor: Actor;
  /** `<noun>.<what became of it>`. */
  readonly action: AuditAction;
  readonly attempt?: number | null;
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export type AuditAction =
  | 'order.reserved'
  | 'order.paid'
  | 'order.restored'
  | 'order.lost'
  | 'order.cancelled'
  | 'order.refunded'
  | 'order.returned'
  | 'order.flagged'
  | 'order.reviewed'
  | 'order.claimed'
  | 'order.erased'
  | 'order.link_ended'
  | 'attempt.opened'
  | 'attempt.declined'
  | 'attempt.cancelled'
  | 'intent.stored'
  | 'refund.requested'
  | 'refund.pending'
  | 'refund.succeeded'
  | 'refund.failed'
  | 'dispute.open'
  | 'dispute.closed'
  | 'dispute.lost'
  | 'operation.woken'
  | 'operation.parked'
  | 'operation.resolved'
  | 'event.retried'
  | 'letter.retried'
  | 'difference.settled'
  | 'promotion.created'
  | 'promotion.ended'
  | 'restore.begun'
  | 'restore.compared';

/** Writes down transitions, in their own commit and by the database's clock. Nobody can change them afterwards (grants). */
export async function appendAudit(tx: Tx, ...entries: readonly AuditEntry[]): Promise<void> {
  await tx.insert(schema.audit).values(
    entries.map(({ orderId, attempt = null, detail, ...entry }) => ({
      ...{ subjectId: orderId ?? NO_ORDER, id: uuidv7(), attempt, ...entry },
      ...(detail && { detail: { ...detail } }),
    })),
  );
}

export type AccountAction =
  | 'account.created'
  | 'account.signed_in'
  | 'account.signed_out'
  | 'account.signed_out_everywhere'
  | 'account.password_reset'
  | 'account.erased'
  | 'staff.entered';

export interface AccountAuditEntry {
  readonly userId: string;
  readonly actor: Actor;
  readonly action: AccountAction;
  /** Where the same may be said twice and counts once: what makes it the same. Else a new id. */
  readonly id?: string;
}

/** The same for an account, which stands where the order does. */
export async function appendAccountAudit(
  db: Db | Tx,
  { userId, id = uuidv7(), ...entry }: AccountAuditEntry,
): Promise<void> {
  await db
    .insert(schema.audit)
    .values({ subjectId: userId, id, ...entry })
    .onConflictDoNothing();
}
