import { schema, type Tx } from '@once/db';
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
  | 'order.cancelled'
  | 'order.refunded'
  | 'order.returned'
  | 'order.flagged'
  | 'order.reviewed'
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
  | 'promotion.ended';

/** Writes down transitions, in their own commit and by the database's clock. Nobody can change them afterwards (grants). */
export async function appendAudit(tx: Tx, ...entries: readonly AuditEntry[]): Promise<void> {
  await tx.insert(schema.audit).values(
    entries.map(({ orderId, attempt = null, detail, ...entry }) => ({
      ...{ subjectId: orderId ?? NO_ORDER, id: uuidv7(), attempt, ...entry },
      ...(detail && { detail: { ...detail } }),
    })),
  );
}
