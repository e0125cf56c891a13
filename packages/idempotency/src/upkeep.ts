// What a worker does beside finishing records.
//
// Expiry, in two steps: past retentionMs the body goes and a tombstone stays (KEY_EXPIRED), past tombstoneMs the row goes.
// Settled records only, never what is in flight, waits or is parked. Safe in any number of workers: candidates are read
// without a lock, then moved by id and by guarded statements, so what another has done is not done again.
import type { Row } from './database.ts';
import { type Engine, eventOf, type IdempotencyEvent } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import * as statements from './statements.ts';
import { ask } from './transact.ts';

/** Each statement is short, and holds the locks of no more rows than these. */
const expiryBatch = 1_000;

/** One batch. */
export async function expireBatch<Tx>(engine: Engine<Tx>): Promise<{ moved: number; more: boolean }> {
  const due = await ask(undefined, () => engine.database.query(statements.pastRetention, [String(expiryBatch)]));
  const tombstones = due.filter(({ state }) => state === tombstone);
  const settled = due.filter(({ state }) => state !== tombstone);
  const knownMs = statements.milliseconds(engine.tombstoneMs);
  const moved =
    (await move(engine, 'expired', settled, statements.expire, [knownMs])) +
    (await move(engine, 'forgotten', tombstones, statements.forget, []));
  // Others are at this batch when they have had most of it: one of us is enough.
  return { moved, more: due.length === expiryBatch && moved > expiryBatch / 2 };
}

const tombstone = String(statements.states.indexOf('expired'));

async function move<Tx>(
  engine: Engine<Tx>,
  name: IdempotencyEvent['name'],
  candidates: readonly Row[],
  text: string,
  parameters: readonly string[],
): Promise<number> {
  if (candidates.length === 0) return 0;
  // Sorted: neighbours in the index are visited together, and everybody locks in the same order.
  const ids = candidates.map(({ id }) => id ?? '').sort((a, b) => (a < b ? -1 : 1));
  const rows = await ask(undefined, () => engine.database.query(text, [`{${ids.join(',')}}`, ...parameters]));
  const moved = new Set(rows.map(({ id }) => id));
  for (const row of candidates as readonly Record<'id' | 'operation' | 'scope', string>[]) {
    if (moved.has(row.id)) engine.emit(eventOf(name, row));
  }
  return moved.size;
}

/** So long after it was due, a record is perhaps nobody's. */
const strandedMs = 300_000;

/** What this worker cannot finish and others should have finished long ago: one error per operation and version. */
export async function stranded<Tx>(engine: Engine<Tx>, mine: readonly string[]): Promise<IdempotencyError[]> {
  const parameters = [...mine, statements.milliseconds(strandedMs)];
  const rows = [
    ...(await engine.database.query(statements.strandedInFlight, parameters)),
    ...(await engine.database.query(statements.strandedWaiting, parameters)),
  ];
  const names = new Map(rows.map((row) => [`${row['operation']}@${row['version']}`, row['operation'] ?? '']));
  return [...names].map(([name, operation]) => {
    const message = `nobody finishes the records of ${name}: no worker knows this version, or holds their key`;
    return new IdempotencyError('IDEMPOTENCY_VERSION_UNKNOWN', message, { operation });
  });
}
