import type { Bench } from '../bench.ts';
import { figureOf, rounded } from '../figure.ts';
import { quartiles } from '../measure/statistics.ts';
import { type Lab, type Pool, withLab } from './lab.ts';
import { bareTransaction, transaction } from './operations.ts';
import { walOf } from './wal.ts';

/** Between two checkpoints the first change of a page writes the whole page: how many claims share that, decides. */
const MOST_CLAIMS = 16_000;
const MOST_ROUNDS = 3; // they are long
const KEYS_OPENED_MS = 15 * 60_000;

/** How many bytes of log a claim adds in a large table after a checkpoint, by what its key begins with. */
export const walLargeBench: Bench = {
  name: 'wal-large',
  run: ({ rounds, largeTableRows }) =>
    withLab(async (lab) => {
      const pool = lab.open(1, { isDurable: false });
      const claims = Math.min(MOST_CLAIMS, largeTableRows);
      const times = Math.min(rounds, MOST_ROUNDS);
      const rows = largeTableRows.toLocaleString('en');
      const name = `WAL that a claim adds after a checkpoint, ${rows} records, keys`;
      const byTime = await measure(lab, pool, { lead: 'time', rows: largeTableRows, claims, times });
      const random = await measure(lab, pool, { lead: 'digest', rows: largeTableRows, claims, times });
      return [
        figureOf(byTime.added, { name: `${name} led by a UUIDv7`, unit: 'B', target: { atMost: 1_000 }, ...byTime }),
        figureOf(random.added, { name: `${name} at random`, unit: 'B', ...random }),
      ];
    }),
};

interface Large {
  readonly lead: 'time' | 'digest';
  readonly rows: number;
  readonly claims: number;
  readonly times: number;
}

async function measure(lab: Lab, pool: Pool, { lead, rows, claims, times }: Large) {
  await fill(lab, lead, rows);
  const key = lead === 'time' ? keyLedByTime : () => crypto.randomUUID();
  const afterCheckpoint = async (operation: () => Promise<unknown>) => {
    await lab.admin.unsafe('checkpoint');
    return await walOf(lab, operation, claims);
  };
  const bare: number[] = [];
  const claimed: number[] = [];
  for (let time = 0; time < times; time++) {
    bare.push(await afterCheckpoint(() => bareTransaction(pool)));
    claimed.push(await afterCheckpoint(() => transaction(pool, key())));
  }
  const middle = (of: readonly number[]) => rounded(quartiles(of).median);
  return {
    added: claimed.map((bytes, time) => bytes - (bare[time] ?? Number.NaN)),
    behind: `${middle(claimed)} B against ${middle(bare)} B, ${claims.toLocaleString('en')} claims from checkpoint to checkpoint`,
  };
}

/** As of a checkout that was opened some minutes ago: not quite in order. */
function keyLedByTime(): string {
  const ms = Math.floor(Date.now() - Math.random() * KEYS_OPENED_MS);
  const hex = ms.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}

/** Ten days of settled records, whose ids are spread as the library spreads them. */
async function fill({ admin }: Lab, lead: Large['lead'], rows: number): Promise<void> {
  await admin`truncate idempotency.record`;
  await admin`
    insert into idempotency.record
      (id, scope, operation, key, version, fingerprint, state, created_at, retained_until, outcome)
    select (case when ${lead}::text = 'time'
        then lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || substr(md5(i::text), 13)
        else md5(i::text) end)::uuid,
      'user:' || i % 1000, 'order.place', 'key-' || i, 1, sha256(i::text::bytea), 2, at, at + interval '30 days',
      '{"orderId":"7f3a","totalMinor":15200}'
    from generate_series(1, ${rows}::int) as i,
      lateral (select statement_timestamp() - (${rows}::int - i) * interval '10 days' / ${rows}::int as at) as born`;
  await admin.unsafe('vacuum analyze idempotency.record');
}
