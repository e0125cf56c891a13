// node-postgres 8 says little when a connection is lost inside a transaction, and forgives a handle that is used too
// long. `guarded` closes these holes:
//   - a client that is checked out has no 'error' listener: its loss between two statements ends the process;
//   - whoever waits for something else meanwhile hears nothing of the loss: the transaction is given up at once;
//   - the errors of a lost connection have no code, so nobody can tell an outage from a bug;
//   - COMMIT of a transaction that had failed resolves, with the tag ROLLBACK;
//   - a client released inside its transaction serves the next caller in it: it is closed instead;
//   - COMMIT that gave up waiting for its standby resolves, with a warning that nobody listens to;
//   - a handle kept after its release sends into somebody else's transaction: it is refused.
import { codeOf, type Query } from '../database.ts';
import { IdempotencyError } from '../errors.ts';
import { type Beneath, beneath, mark, opened, replacing, transactionOnPool } from './beneath.ts';
import { type Answer, type PgClient, queryOn, type Statement, send, statementOf } from './pg-statements.ts';
import { SqlStateError } from './sql-state-error.ts';
import { committing, onnotice, refuseCancelled, waitsSoFar } from './standby-wait.ts';

/** A pool of node-postgres, by shape. `never` accepts every overload. */
export interface PgPool {
  connect: (callback: never) => unknown;
  query: (...parts: never) => unknown;
  on: (event: never, listener: never) => unknown;
  /** What a single client, which connects only once, does not have. */
  readonly totalCount: number;
}

export interface GuardOptions {
  /** Prepare the library's statements, once per connection. False for PgBouncer before 1.21. Default true. */
  readonly prepare?: boolean;
}

/**
 * The same pool, whose transactions survive a lost connection. Give it to everything that opens one:
 * `drizzle(guarded(pool))`, `new PostgresDialect({ pool: guarded(pool) })`.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID for another driver's client.
 */
export function guarded<P extends PgPool>(pool: P, { prepare = true }: GuardOptions = {}): P {
  if (beneath(pool) !== undefined) return pool;
  if (typeof pool?.totalCount !== 'number') {
    throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'it takes a pool: guarded(new Pool({ … }))');
  }
  // An idle connection that is lost has left the pool already; without a listener its 'error' would end the process.
  const raw = pool as unknown as RawPool;
  if (raw.listenerCount('error') === 0) raw.on('error', () => {});
  raw.on('connect', (client) => client.on('notice', onnotice));
  const connect = () => checkOut(raw, prepare);
  return replacing(pool, {
    query: raw.query.bind(raw),
    connect: (callback?: (error: unknown, handle?: PgClient, release?: PgClient['release']) => void) => {
      if (callback === undefined) return connect();
      // oxlint-disable-next-line promise/no-callback-in-promise -- node-postgres' own way with callbacks
      return void connect().then((handle) => callback(undefined, handle, handle.release), callback);
    },
    [mark]: {
      prepare,
      query: committing(queryOnPool(raw, prepare)),
      transaction: transactionOnPool,
    } satisfies PgBeneath,
  });
}

export interface PgBeneath extends Beneath {
  readonly prepare: boolean;
}

interface RawPool {
  connect(): Promise<PgClient>;
  query(statement: Statement): Promise<Answer>;
  on(event: 'error', listener: () => void): unknown;
  on(event: 'connect', listener: (client: PgClient) => void): unknown;
  listenerCount(event: 'error'): number;
}

const queryOnPool =
  (pool: RawPool, prepare: boolean): Query =>
  async (text, parameters) => {
    const answer = await pool.query(statementOf(text, parameters, prepare)).catch(outage);
    return answer.rows;
  };

/** One use of a connection, from `connect` to `release`. @returns what the caller gets. */
async function checkOut(pool: RawPool, prepare: boolean): Promise<PgClient> {
  const slot = opened.getStore();
  const client = await pool.connect().catch(outage);
  const putBack = client.release;
  let phase: 'open' | 'ending' | 'released' = 'open';
  let last: Statement | undefined;
  let lost: Error | undefined;
  let lose: (reason: Error) => void = () => {};
  const whenLost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  whenLost.catch(() => {}); // nobody may be waiting
  const onError = (error: Error) => {
    lost ??= connectionLost(error);
    lose(lost);
  };
  client.on('error', onError);
  const handle = replacing(client, {
    query: (...parts: Parts) => {
      const end = endOf(parts);
      if (phase === 'released' || (phase === 'ending' && end === undefined)) throw transactionOver();
      if (end === 'commit') return commit(client, last);
      const answer = (client.query as (...parts: Parts) => unknown).apply(client, parts);
      return answer instanceof Promise
        ? answer.catch((error) => (lost ? outage(error) : Promise.reject(error)))
        : answer;
    },
    release: (destroy?: unknown) => {
      phase = 'released';
      const atRest = (client.getTransactionStatus?.() ?? 'I') === 'I';
      putBack.call(client, Boolean(destroy) || lost !== undefined || !atRest);
      client.off('error', onError);
    },
  });
  if (slot !== undefined) {
    slot.here ??= {
      queryAfter: (begin) => queryOn(handle, prepare, begin),
      sendLast: async (text, parameters) => {
        last = statementOf(text, parameters, prepare);
      },
      whenLost,
      lost: () => lost,
      end: () => {
        phase = 'ending';
      },
    };
  }
  return handle;
}

type Parts = [Statement | string, ...unknown[]];

/** @throws {SqlStateError} 25P02 when COMMIT answers ROLLBACK, 08007 when it did not wait for the standby. */
async function commit(client: PgClient, last: Statement | undefined): Promise<Answer> {
  const before = waitsSoFar();
  const answer = await send(client, [...(last === undefined ? [] : [last]), statementOf('commit')]);
  refuseCancelled(before);
  if (answer.command === 'COMMIT') return answer;
  throw new SqlStateError('25P02', 'COMMIT answered ROLLBACK: a statement had failed, and its error was not thrown');
}

/** Where there is a callback the caller reads the answer alone. */
function endOf([statement, ...rest]: Parts): 'commit' | 'rollback' | undefined {
  if (rest.some((part) => typeof part === 'function')) return undefined;
  const text = typeof statement === 'string' ? statement : statement.text;
  return /^\s*(commit|rollback)\s*;?\s*$/i.exec(text)?.[1]?.toLowerCase() as 'commit' | 'rollback' | undefined;
}

const transactionOver = () =>
  new IdempotencyError('IDEMPOTENCY_TRANSACTION_OVER', 'this client was released, or its transaction has ended');

/** What the driver, not the server, says of our own statements: the connection is lost, or was never there. */
function outage(error: unknown): never {
  throw codeOf(error) === undefined ? connectionLost(error) : error;
}

const connectionLost = (cause: unknown) => new SqlStateError('08006', 'the connection to Postgres was lost', cause);
