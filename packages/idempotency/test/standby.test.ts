// A primary that waits for its standby at every COMMIT, and somebody who cancels the wait: COMMIT then succeeds, and what it
// wrote is on one machine only.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Node, prepareNodes } from '@once/local-postgres/replication';
import { drizzle as drizzleOver } from 'drizzle-orm/postgres-js';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drizzle } from '../src/adapters/drizzle.ts';
import { nodePostgres } from '../src/adapters/pg.ts';
import { guarded, onnotice, postgresJs } from '../src/adapters/postgres-js.ts';
import { createOnce, type Database } from '../src/index.ts';
import { migrate } from '../src/migrate.ts';
import { aScope, eventually } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'once-standby-'));
chmodSync(folder, 0o755); // the servers run as somebody else where we are root
let [primary, standby]: Node[] = [];
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const nodes = await prepareNodes({
    folder,
    prepare: async (url) => {
      const sql = postgres(url, { max: 1, onnotice: () => {} });
      await migrate(postgresJs(sql));
      await sql.end();
    },
  });
  primary = await nodes.make('primary');
  standby = await nodes.make('standby');
  standby.follow(primary);
  await primary.waitsFor('*');
  await Promise.all([primary.start(), standby.start()]);
  await primary.isFollowedBy(standby, 'sync');
}, 300_000);

afterAll(async () => {
  await Promise.all(closers.map((close) => close()));
  await Promise.all([primary?.remove(), standby?.remove()]);
  rmSync(folder, { recursive: true, force: true });
});

const opened = (): { readonly here: Node; readonly there: Node } => ({ here: primary as Node, there: standby as Node });

const drivers: readonly [string, (url: string) => Database<never>][] = [
  ['postgres.js', (url) => postgresJs(client(url)) as Database<never>],
  ['Drizzle', (url) => drizzle(drizzleOver(guarded(client(url)))) as Database<never>],
  [
    'node-postgres',
    (url) => {
      const pool = new pg.Pool({ connectionString: url, max: 4 });
      closers.push(() => pool.end());
      return nodePostgres(pool) as unknown as Database<never>;
    },
  ],
];

function client(url: string): postgres.Sql {
  const sql = postgres(url, { max: 4, fetch_types: false, onnotice });
  closers.push(() => sql.end({ timeout: 1 }));
  return sql;
}

/** Cancels everybody who waits for the standby. @returns how many */
async function cancelWaits(node: Node): Promise<number> {
  const rows = await node.ask(`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'`);
  return rows.length;
}

const answersIn = async (node: Node, scope: string): Promise<number> =>
  (await node.ask(`select 1 from idempotency.record where scope = '${scope}' and state = 2`)).length;

test.each(drivers)(
  'over %s, a COMMIT whose wait was cancelled is answered when the standby has it',
  async (_, open) => {
    const { here, there } = opened();
    const once = createOnce({ database: open(here.url) });
    const scope = aScope();
    const joinsAgain = await here.cutOff();
    let answered = false;
    let runs = 0;
    const answer = once
      .transaction({ operation: 'order.create', scope, key: 'k', input: {} }, async () => ++runs)
      .finally(() => {
        answered = true;
      });
    await eventually(async () => (await cancelWaits(here)) > 0);
    await eventually(async () => (await answersIn(here, scope)) === 1);
    expect(answered, 'while the standby has nothing of it').toBe(false);
    joinsAgain();
    expect(await answer).toMatchObject({ status: 'succeeded', value: 1 });
    expect(runs).toBe(1);
    await here.isFollowedBy(there, 'sync');
    expect(await answersIn(there, scope)).toBe(1);
  },
);

test.each(drivers)(
  'over %s, nobody hears of a COMMIT whose waits are cancelled again and again',
  { timeout: 120_000 },
  async (_, open) => {
    const { here, there } = opened();
    const once = createOnce({ database: open(here.url) });
    const scope = aScope();
    const joinsAgain = await here.cutOff();
    let refused: unknown;
    const answer = once
      .transaction({ operation: 'order.create', scope, key: 'k', input: {} }, async () => 'paid')
      .then(
        (value) => {
          refused = { value };
        },
        (error: unknown) => {
          refused = error;
        },
      );
    await eventually(async () => {
      await cancelWaits(here);
      return refused;
    });
    await answer;
    expect(refused).toMatchObject({ code: 'IDEMPOTENCY_UNAVAILABLE', cause: { code: '08007' } });
    expect([await answersIn(here, scope), await answersIn(there, scope)], 'here, and at the standby').toEqual([1, 0]);
    joinsAgain();
    await here.isFollowedBy(there, 'sync');
  },
);
