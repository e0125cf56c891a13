import type { Tx } from '@once/db';
import { sql } from 'drizzle-orm';
import { appendAudit } from '../audit.ts';
import type { Shop } from '../shop.ts';
import { type ByHand, byHand, type HandAnswer, moved } from './by-hand.ts';

/** A record as a page showed it. Who moves it must have seen it as it is. */
export interface SeenRecord {
  readonly recordId: string;
  /** How often it had changed hands. */
  readonly fence: number;
  readonly state: RecordState;
}

export const RECORD_STATES = ['in_flight', 'waiting', 'succeeded', 'rejected', 'needs_review', 'expired'] as const;
export type RecordState = (typeof RECORD_STATES)[number];

/** Which record it is, and how it stands now. */
export interface FoundRecord {
  readonly operation: string;
  readonly scope: string;
  readonly key: string;
  readonly state: RecordState;
  readonly fence: number;
}

/** Makes an operation due now: the worker goes on with it within a second. A parked one gets all its tries again. */
export const wakeOperation = (shop: Shop, seen: SeenRecord, hand: ByHand): Promise<HandAnswer> =>
  move(shop, 'wake', seen, hand);

/** Takes an operation from the machines until somebody wakes or resolves it. */
export const parkOperation = (shop: Shop, seen: SeenRecord, hand: ByHand): Promise<HandAnswer> =>
  move(shop, 'park', seen, hand);

const MOVES = {
  wake: { from: ['waiting', 'needs_review'], action: 'operation.woken' },
  park: { from: ['in_flight', 'waiting'], action: 'operation.parked' },
} as const satisfies Record<string, { from: readonly RecordState[]; action: string }>;

async function move(shop: Shop, verb: 'wake' | 'park', seen: SeenRecord, hand: ByHand): Promise<HandAnswer> {
  const { from, action } = MOVES[verb];
  return await byHand(shop, { operation: `staff.${verb}_operation`, scope: seen.recordId }, hand, async (tx) => {
    const record = await lockRecord(tx, seen.recordId);
    const isAsSeen = record?.fence === seen.fence && record.state === seen.state;
    if (!isAsSeen || !(from as readonly RecordState[]).includes(record.state)) return moved(record?.state);
    const { actor, reason } = hand;
    const isMoved = await shop.once.within(tx)[verb](record.operation, record, { by: actor, reason });
    if (!isMoved) return moved(record.state);
    await appendAudit(tx, { ...aboutRecord(record, seen.recordId, reason), actor, action });
    return undefined;
  });
}

/** Whoever would take it over, or settle it, waits until the caller's transaction has ended. */
async function lockRecord(tx: Tx, recordId: string): Promise<FoundRecord | undefined> {
  return found(await tx.execute<Row>(sql`${recordOf(recordId)} for no key update`));
}

export async function findRecord(shop: Shop, recordId: string): Promise<FoundRecord | undefined> {
  return found(await shop.db.execute<Row>(recordOf(recordId)));
}

/** The operations on orders have the order, or its checkout, as their scope. */
export const aboutRecord = ({ operation, scope, key }: FoundRecord, recordId: string, reason: string) => ({
  orderId: operation.startsWith('checkout.') ? scope : null,
  detail: { operation, key, recordId, reason },
});

type Row = Omit<FoundRecord, 'state'> & { state: number } & Record<string, unknown>;

const recordOf = (recordId: string) =>
  sql`select operation, scope, key, state, fence from idempotency.record where id = ${recordId}::text::uuid`;

function found([row]: readonly Row[]): FoundRecord | undefined {
  const state = row && RECORD_STATES[row.state];
  return state && { operation: row.operation, scope: row.scope, key: row.key, fence: row.fence, state };
}
