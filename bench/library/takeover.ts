import { createOnce, workflow } from '@once/idempotency';
import { postgresJs } from '@once/idempotency/postgres-js';
import { createWorker } from '@once/idempotency/worker';
import type postgres from 'postgres';
import type { Bench } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { figureOf, rounded } from '../figure.ts';
import { quartiles } from '../measure/statistics.ts';
import { type Lab, withLab } from './lab.ts';

export const ABANDONED = 'bench.abandoned';
const WORKERS = 4;
const BATCH = 20;
/** Longer than a round: whoever is taken twice was taken by two, not again when a lease was over. */
const LEASE_MS = 300_000;
const MOST_ROUNDS = 9; // they are long
const TOO_LONG_MS = 120_000;

/** How long workers need for records that their holders have left, against a queue of SKIP LOCKED. */
export const takeoverBench: Bench = {
  name: 'takeover',
  run: ({ rounds, abandonedRows }) =>
    withLab(async (lab) => {
      const { bare } = lab.open(WORKERS * 2);
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
        ours.push(await timed(lab, abandonedRows, () => takenByWorkers(bare, abandonedRows)));
        theirs.push(await timed(lab, abandonedRows, () => takenBySkipLocked(bare)));
      }
      const [took, against] = [quartiles(ours).median, quartiles(theirs).median];
      return [
        figureOf(
          ours.map((ms, round) => ms / (theirs[round] ?? Number.NaN)),
          {
            name: `time to take over ${abandonedRows.toLocaleString('en')} abandoned records against SKIP LOCKED, ${WORKERS} workers`,
            unit: '×',
            target: { atMost: 6 },
            behind: `${rounded(took / 1000)} s against ${rounded(against / 1000)} s, batches of ${BATCH}, none taken twice`,
          },
        ),
      ];
    }),
};

const abandoned = workflow<{ tx: postgres.TransactionSql; services: object }>(ABANDONED)
  .transaction('begin', async () => ({}))
  .transaction('end', async () => ({}));

async function timed(lab: Lab, rows: number, take: () => Promise<void>): Promise<number> {
  await lab.admin`truncate idempotency.record`;
  await abandon(lab, rows);
  await lab.admin.unsafe('vacuum analyze idempotency.record');
  const begun = performance.now();
  await take();
  const ms = performance.now() - begun;
  const [row] = await lab.admin<{ once: number }[]>`
    select count(*)::int as once from idempotency.record where fence = 2 and due_at > statement_timestamp()`;
  if (row?.once !== rows) throw new BenchError('WRONG_RESULT', `${row?.once} of ${rows} records were taken once`);
  return ms;
}

/** Records in flight whose holders are gone. */
export async function abandon({ admin }: Pick<Lab, 'admin'>, rows: number): Promise<void> {
  await admin`
    insert into idempotency.record
      (id, scope, operation, key, version, fingerprint, state, created_at, due_at, recovery_point, input, progress)
    select gen_random_uuid(), 'user:1', ${ABANDONED},  'k' || i, 1, sha256(i::text::bytea), 0,
      statement_timestamp() - (i + 40000) * interval '1 ms', statement_timestamp() - i * interval '1 ms', 'begin', 'null', '{}'
    from generate_series(1, ${rows}::int) as i`;
}

export async function takenByWorkers(client: postgres.Sql, rows: number, workers = WORKERS): Promise<void> {
  await takeWhile(client, workers, (taken) => taken < rows);
}

/**
 * Taken, and let go at once: what finishing costs is another bench, and would hide what taking does.
 *
 * @returns how many
 */
export async function takeWhile(
  client: postgres.Sql,
  workers: number,
  goesOn: (taken: number) => boolean | Promise<boolean>,
): Promise<number> {
  let taken = 0;
  const at = (point: string) => {
    if (point !== 'taken') return;
    taken++;
    throw new BenchError('WRONG_RESULT', 'taken, and not to be finished');
  };
  const once = createOnce({ database: postgresJs(client), leaseMs: LEASE_MS, at });
  const begun = performance.now();
  const worker = async () => {
    const of = createWorker(once, [abandoned], { batch: BATCH, onError: refuseOthers });
    while (await goesOn(taken)) {
      await of.runOnce();
      if (performance.now() - begun > TOO_LONG_MS) throw new BenchError('TOO_SLOW', `${taken} taken so far`);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return taken;
}

function refuseOthers(error: unknown): void {
  if (!(error instanceof BenchError)) throw error;
}

async function takenBySkipLocked(client: postgres.Sql): Promise<void> {
  const worker = async () => {
    for (;;) {
      const { count } = await client`
        with due as materialized (
          select id from idempotency.record where state = 0 and due_at <= statement_timestamp()
          order by created_at limit ${BATCH} for no key update skip locked
        )
        update idempotency.record r
        set fence = fence + 1, failed_tries = failed_tries + 1, due_at = statement_timestamp() + ${LEASE_MS}::int * interval '1 ms'
        from due where r.id = due.id
        returning r.id, r.operation, r.scope, r.key, r.recovery_point, r.input, r.progress`;
      if (count === 0) return;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
}
