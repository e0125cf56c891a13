// What every case of the contract stands on: a scope of its own, pools that are closed afterwards, and somebody who looks.
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Query } from '../database.ts';
import { createOnce, type Once } from '../once.ts';
import type { OnceOptions } from '../options.ts';

/** A pool of the driver under test, with the adapter over it. */
export interface Opened<Tx> {
  readonly database: Database<Tx>;
  /** Sends one statement inside a transaction as an application would; its parameters are texts. */
  execute(tx: Tx, text: string, parameters: readonly string[]): Promise<unknown>;
  /** Opens a transaction as an application would, without the library. */
  transaction<T>(body: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<unknown>;
}

export interface Subject<Tx> {
  /** @param options.max the most connections that this pool may have. */
  open(url: string, options: { readonly max: number }): Opened<Tx> | Promise<Opened<Tx>>;
}

export interface Stage<Tx> extends Opened<Tx> {
  readonly url: string;
  readonly scope: string;
  /** Looks and meddles; never under test. */
  readonly admin: Query;
  /** Another pool, closed at the end of the case. */
  open(options: { readonly url?: string; readonly max?: number }): Promise<Opened<Tx>>;
  request(key?: string): { operation: string; scope: string; key: string; input: object };
  once(over?: Opened<Tx>, options?: Partial<OnceOptions<Tx, object>>): Once<Tx, object>;
  /** Writes a note under the scope, by the application's own means. */
  write(tx: Tx, note: string): Promise<void>;
  written(): Promise<(string | null)[]>;
}

export type Cases<Tx> = Readonly<Record<string, (stage: Stage<Tx>) => Promise<void>>>;

export async function onStage<Tx>(
  subject: Subject<Tx>,
  url: string,
  play: (stage: Stage<Tx>) => Promise<void>,
): Promise<void> {
  const pools: Opened<Tx>[] = [];
  const opened = async (at: { readonly url?: string; readonly max?: number }) => {
    const pool = await subject.open(at.url ?? url, { max: at.max ?? 10 });
    pools.push(pool);
    return pool;
  };
  try {
    const main = await opened({});
    const admin = (await opened({ max: 2 })).database.query;
    await admin(table).catch(unlessThere);
    const scope = `contract-${randomUUID()}`;
    await play({
      ...main,
      url,
      scope,
      admin,
      open: opened,
      request: (key = 'k') => ({ operation: 'contract.write', scope, key, input: {} }),
      once: (over = main, options = {}) => createOnce({ waitMs: 20_000, ...options, database: over.database }),
      write: async (tx, note) =>
        void (await main.execute(tx, 'insert into once_contract (scope, note) values ($1, $2)', [scope, note])),
      written: async () => {
        const rows = await admin('select note from once_contract where scope = $1::text order by id', [scope]);
        return rows.map((row) => row['note'] ?? null);
      },
    });
  } finally {
    await Promise.all(pools.map((pool) => pool.close()));
  }
}

/** Resolves when `condition` holds. @throws {ContractError} when it does not within ten seconds. */
export async function eventually(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 10_000; !(await condition()); await sleep(10)) {
    if (performance.now() > end) throw new ContractError(`it never happened: ${what}`);
  }
}

/** Whether a session of this database waits for a lock. */
export async function somebodyWaits(admin: Query): Promise<boolean> {
  const rows = await admin(`select 1::text as one from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`);
  return rows.length > 0;
}

/** A promise and the way to settle it. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open: () => open() };
}

/** A promise that is awaited later: where the case fails before, its rejection ends no process. */
export function started<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** What a promise rejects with. @throws {ContractError} when it does not. */
export const thrownBy = async (promise: Promise<unknown>): Promise<unknown> =>
  await promise.then(
    () => {
      throw new ContractError('nothing was thrown');
    },
    (error: unknown) => error,
  );

/** A case of the contract found what must not be, and no assertion of its own says it better. */
class ContractError extends Error {
  override readonly name = 'ContractError';
  readonly code = 'IDEMPOTENCY_TEST_CONTRACT';
}

const table = `create table if not exists once_contract (
  id bigint generated always as identity, scope text not null, note text not null)`;

/** Two that create it at once: the second fails on the catalogue's own unique index. */
function unlessThere(error: unknown): void {
  if ((error as { code?: unknown }).code !== '23505') throw error;
}
