import { createOnce } from '@once/idempotency';
import { postgresJs } from '@once/idempotency/postgres-js';
import { createWorker } from '@once/idempotency/worker';
import type postgres from 'postgres';
import type { Bench } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { figureOf, rounded } from '../figure.ts';
import { quartiles } from '../measure/statistics.ts';
import { type Lab, withLab } from './lab.ts';

const MOST_ROUNDS = 9; // they are long
const TOMBSTONE_MS = 90 * 86_400_000;
const TOO_LONG_MS = 120_000;

/** How long a worker needs to let settled records expire, and to forget them, against a batched DELETE of the same rows. */
export const expiryBench: Bench = {
  name: 'expiry',
  run: ({ rounds, expiredRows }) =>
    withLab(async (lab) => {
      await lab.admin`create table bare_record (like idempotency.record including all)`;
      const { bare } = lab.open(2);
      const once = createOnce({ database: postgresJs(bare), tombstoneMs: TOMBSTONE_MS });
      // One that has found nothing more to do looks again only after a while, so each time a new one.
      const work = () => createWorker(once, []).runOnce({ budgetMs: TOO_LONG_MS });
      const times: Record<'bury' | 'forget' | 'delete', number[]> = { bury: [], forget: [], delete: [] };
      for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
        await fill(lab, 'idempotency.record', expiredRows);
        times.bury.push(await timed(lab, expiredRows, work, 'where state = 5'));
        await lab.admin`update idempotency.record set retained_until = statement_timestamp() - interval '1 hour'`;
        await lab.admin.unsafe('vacuum analyze idempotency.record');
        times.forget.push(await timed(lab, 0, work, ''));
        await fill(lab, 'bare_record', expiredRows);
        times.delete.push(await duration(() => deleteAll(bare)));
      }
      const rows = expiredRows.toLocaleString('en');
      const against = (of: readonly number[]) => of.map((ms, round) => (times.delete[round] ?? Number.NaN) / ms);
      const behind = (of: readonly number[]) =>
        `${rounded(quartiles(of).median)} ms against ${rounded(quartiles(times.delete).median)} ms for ${rows} rows`;
      return [
        figureOf(against(times.bury), {
          name: 'letting records expire, a tombstone each, against a batched DELETE',
          unit: '×',
          target: { atLeast: 0.4 },
          behind: behind(times.bury),
        }),
        figureOf(against(times.forget), {
          name: 'forgetting tombstones against a batched DELETE',
          unit: '×',
          behind: behind(times.forget),
        }),
      ];
    }),
};

async function timed(lab: Lab, left: number, work: () => Promise<unknown>, where: string): Promise<number> {
  const ms = await duration(work);
  const [row] = await lab.admin.unsafe(`select count(*)::int as n from idempotency.record ${where}`);
  if (row?.['n'] !== left) throw new BenchError('WRONG_RESULT', `${row?.['n']} records ${where}, not ${left}`);
  return ms;
}

async function duration(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

type Table = 'idempotency.record' | 'bare_record';

export async function fill(lab: Lab, table: Table, rows: number): Promise<void> {
  await lab.admin`truncate ${lab.admin(table)}`;
  await outlive(lab, table, rows);
  await lab.admin.unsafe(`vacuum analyze ${table}`);
}

/** A week of outcomes of a usual size, past their retention, whose keys began with a UUIDv7. */
export async function outlive({ admin }: Lab, table: Table, rows: number): Promise<void> {
  await admin`
    insert into ${admin(table)}
      (id, scope, operation, key, version, fingerprint, state, created_at, retained_until, input, outcome)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || substr(md5(i || at::text), 13))::uuid,
      'user:' || i % 1000, 'order.create', 'key-' || i, 1, sha256(i::text::bytea), 2, at, statement_timestamp() - (1 + i) * interval '1 ms',
      '{"sku":"print","quantity":1}', '{"orderId":"7f3a","totalMinor":15200,"note":"' || repeat('x', 200) || '"}'
    from generate_series(1, ${rows}::int) as i,
      lateral (select statement_timestamp() - interval '8 days' - i * interval '1 ms' as at) as born`;
}

/** As one would write it by hand. */
async function deleteAll(client: postgres.Sql): Promise<void> {
  for (;;) {
    const { count } = await client`
      delete from bare_record where id in (
        select id from bare_record where state in (2, 3, 5) and retained_until <= statement_timestamp()
        order by retained_until limit 1000
      )`;
    if (count === 0) return;
  }
}
