import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { afterAll, expect, it } from 'vitest';
import { openShop } from './shop.ts';
import { until } from './until.ts';
import { startWorker } from './worker-process.ts';

const TOKEN = 'a-token-that-nobody-guesses';

const shop = await openShop();
const dataDir = await mkdtemp(join(tmpdir(), 'once-metrics-'));
const worker = await startWorker({ DATABASE_URL: shop.url, DATA_DIR: dataDir, METRICS_TOKEN: TOKEN });
afterAll(async () => {
  worker.child.kill('SIGKILL');
  await worker.exited;
  await shop.close();
  await rm(dataDir, { recursive: true });
});

const ask = (authorization: string) => fetch(`${worker.url}/metrics`, { headers: { authorization } });

async function figures(): Promise<Map<string, number>> {
  const text = await (await ask(`Bearer ${TOKEN}`)).text();
  return new Map([...text.matchAll(/^(once_\S+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
}

it('tells how the shop stands by the database, and says so when it cannot be read instead of telling what was', async () => {
  const before = await figures();
  expect(before.get('once_figures_up')).toBe(1);
  expect(before.get('once_connections{application="once-worker"}')).toBeGreaterThan(0);
  expect(before.get('once_transitions_total{operation="checkout.pay",event="taken_over"}')).toBe(0);

  await shop.db.execute(sql`insert into idempotency.record
      (id, scope, operation, key, version, fingerprint, state, due_at, retained_until, outcome)
    values (gen_random_uuid(), 'figures', 'checkout.pay', 'parked', 1, '', 4, null, null, null),
      (gen_random_uuid(), 'figures', 'checkout.pay', 'open', 1, '', 0, statement_timestamp() + interval '1 hour', null, null)`);
  const now = await figures();
  const risen = (name: string) => (now.get(name) ?? 0) - (before.get(name) ?? 0);
  expect(risen('once_needs_review{what="operations"}')).toBe(1);
  expect(risen('once_records{operation="checkout.pay",state="in_flight"}')).toBe(1);
  expect(risen('once_records{operation="checkout.pay",state="needs_review"}')).toBe(1);

  await shop.db.execute(sql`alter table provider_event rename to elsewhere`);
  const blind = await figures();
  expect(blind.get('once_figures_up')).toBe(0);
  expect([...blind.keys()].filter((name) => name.startsWith('once_needs_review'))).toEqual([]);
  expect(blind.has('once_expiry_lag_seconds')).toBe(false);
});

it('writes its figures down as soon as it runs, and once more when it is asked to end', async () => {
  const began = new Date();
  const another = await startWorker({ DATABASE_URL: shop.url, DATA_DIR: dataDir });
  const told = async () => {
    const [row] = await shop.db.execute<{ process: string; at: string }>(sql`
      select process::text, told_at::text as at from figure
      where step = 'minute' and started_at >= ${began.toISOString()}::text::timestamptz order by told_at desc limit 1`);
    return row;
  };
  await until('it to tell', async () => (await told()) !== undefined);
  const first = await told();
  another.child.kill('SIGTERM');
  await another.exited;
  const last = await told();
  expect(last?.process).toBe(first?.process);
  expect(last?.at).not.toBe(first?.at);
});

it.each(['', 'Bearer another-token-of-the-same', TOKEN])('is not told to who brings “%s”', async (authorization) => {
  const answer = await ask(authorization);
  expect(answer.status).toBe(401);
  expect(await answer.text()).not.toContain('once_');
});
