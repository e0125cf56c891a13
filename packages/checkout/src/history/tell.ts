import { randomUUID } from 'node:crypto';
import { type Db, schema } from '@once/db';
import { and, eq, lt, or, sql } from 'drizzle-orm';
import type { Registry } from 'prom-client';
import { readCounted } from './counted.ts';
import { countsOf, nextStretch, STEPS, type Step, type Stretch } from './stretch.ts';

const { figure } = schema;

export interface TellerOptions {
  readonly db: Db;
  /** What this process shows at /metrics. */
  readonly registry: Registry;
  readonly app: 'web' | 'worker';
}

/**
 * Writes what this process has counted into the history: call it about every `TELL_MS`, and once more when the process ends.
 * Each row says how much it is by now, not how much has come, so it may be written twice.
 */
export function createTeller({ db, registry, app }: TellerOptions): () => Promise<void> {
  const process = randomUUID();
  let startedMs: number | undefined;
  let written: Partial<Record<Step, Stretch>> = {};
  const tell = async () => {
    const atMs = await clockOf(db);
    const counted = await readCounted(registry);
    startedMs ??= atMs;
    const next = {
      minute: nextStretch(written.minute, STEPS.minute.stepMs, atMs, counted),
      hour: nextStretch(written.hour, STEPS.hour.stepMs, atMs, counted),
    };
    const startedAt = new Date(startedMs);
    await db
      .insert(figure)
      .values([
        { step: 'minute', process, app, startedAt, ...rowOf(next.minute) },
        { step: 'hour', process, app, startedAt, ...rowOf(next.hour) },
      ])
      .onConflictDoUpdate({
        target: [figure.step, figure.slotAt, figure.process, figure.beganAt],
        set: { toldAt: sql`excluded.told_at`, counts: sql`excluded.counts` },
      });
    // Only now: a row that was not written is made up for by the next.
    written = next;
  };
  // One after the other: an older word must not be written over a newer one.
  let telling: Promise<void> = Promise.resolve();
  return () => {
    telling = telling.then(tell, tell);
    return telling;
  };
}

const rowOf = (stretch: Stretch) => ({
  slotAt: new Date(stretch.slotMs),
  beganAt: new Date(stretch.beganMs),
  toldAt: new Date(stretch.toldMs),
  counts: countsOf(stretch),
});

export async function clockOf(db: Db): Promise<number> {
  const [row] = await db.execute<{ ms: number }>(
    sql`select floor(extract(epoch from statement_timestamp()) * 1000)::float8 as ms`,
  );
  return row?.ms ?? Number.NaN;
}

/** Takes away what is older than any page shows. */
export async function pruneHistory(db: Db): Promise<void> {
  const isPast = (step: Step) =>
    and(
      eq(figure.step, step),
      lt(figure.slotAt, sql`statement_timestamp() - ${STEPS[step].keptMs / 1_000} * interval '1 second'`),
    );
  await db.delete(figure).where(or(isPast('minute'), isPast('hour')));
}
