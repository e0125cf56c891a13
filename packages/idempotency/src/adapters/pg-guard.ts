// node-postgres 8 says little when a connection is lost inside a transaction, and forgives a handle that is used too
// long. `guarded` closes these holes:
//   - a client that is checked out has no 'error' listener: its loss between two statements ends the process;
//   - whoever waits for something else meanwhile hears nothing of the loss: the transaction is given up at once;
//   - the errors of a lost connection have no code, so nobody can tell an outage from a bug;
//   - COMMIT of a transaction that had failed resolves, with the tag ROLLBACK;
//   - a client released inside its transaction serves the next caller in it: it is closed instead;
//   - a handle kept after its release sends into somebody else's transaction: it is refused.
import { AsyncLocalStorage } from 'node:async_hooks';
import { codeOf, type Query, type SendLast } from '../database.ts';
import { IdempotencyError } from '../errors.ts';
import { type Beneath, beneath, mark, replacing } from './beneath.ts';
import { type Answer, type PgClient, queryOn, type Statement, send, statementOf } from './pg-statements.ts';

/** A pool of node-postgres, by shape. `never` accepts every overload. */
export interface PgPool {
  connect: (callback: never) => unknown;
  query: (...parts: never) => unknown;
  on: (event: never, listener: never) => unknown;
}

/** One use of a connection, from `connect` to `release`. */
interface Checkout {
  /** What the caller gets. */
  readonly handle: PgClient;
  readonly prepare: boolean;
  readonly whenLost: Promise<never>;
  lost: ConnectionLostError | undefined;
  /** `ending`: the body of a transaction has settled, and only COMMIT or ROLLBACK may follow. */
  phase: 'open' | 'ending' | 'released';
  /** Rides with COMMIT. */
  last: Statement | undefined;
}

export interface GuardOptions {
  /** Prepare the library's statements, once per connection. False for PgBouncer before 1.21. Default true. */
  readonly prepare?: boolean;
}

/**
 * The same pool, whose transactions survive a lost connection. Give it to everything that opens one:
 * `drizzle(guarded(pool))`, `new PostgresDialect({ pool: guarded(pool) })`.
 */
export function guarded<P extends PgPool>(pool: P, { prepare = true }: GuardOptions = {}): P {
  if (beneath(pool) !== undefined) return pool;
  // An idle connection that is lost has left the pool already; without a listener its 'error' would end the process.
  const raw = pool as unknown as RawPool;
  if (raw.listenerCount('error') === 0) raw.on('error', () => {});
  const connect = async () => (await checkOut(raw, prepare)).handle;
  return replacing(pool, {
    query: raw.query.bind(raw),
    connect: (callback?: (error: unknown, handle?: PgClient, release?: PgClient['release']) => void) => {
      if (callback === undefined) return connect();
      return void connect().then((handle) => callback(undefined, handle, handle.release), callback);
    },
    [mark]: {
      prepare,
      query: queryOnPool(raw, prepare),
      transaction: transactionBeneath,
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
  listenerCount(event: 'error'): number;
}

const opened = new AsyncLocalStorage<{ checkout?: Checkout }>();

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when no guarded pool was asked for the transaction's client. */
export async function transactionBeneath<T>(
  open: (closure: () => Promise<T>) => Promise<T>,
  body: (query: Query, sendLast: SendLast) => Promise<T>,
  begin?: string,
): Promise<T> {
  const slot: { checkout?: Checkout } = {};
  const closure = async () => {
    const { checkout } = slot;
    if (checkout === undefined) {
      throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'its pool is not guarded: guarded(new Pool({ … }))');
    }
    const sendLast: SendLast = async (text, parameters) => {
      checkout.last = statementOf(text, parameters, checkout.prepare);
    };
    try {
      const query = queryOn(checkout.handle, checkout.prepare, begin);
      return await Promise.race([checkout.whenLost, body(query, sendLast)]);
    } finally {
      checkout.phase = 'ending';
    }
  };
  try {
    return await opened.run(slot, () => open(closure));
  } catch (error) {
    return rethrow(error, slot.checkout); // a ROLLBACK that could not be sent says nothing but the loss
  }
}

const queryOnPool =
  (pool: RawPool, prepare: boolean): Query =>
  async (text, parameters) => {
    const answer = await pool.query(statementOf(text, parameters, prepare)).catch(outage);
    return answer.rows;
  };

async function checkOut(pool: RawPool, prepare: boolean): Promise<Checkout> {
  const slot = opened.getStore();
  const client = await pool.connect().catch(outage);
  const putBack = client.release;
  let lose: (reason: Error) => void = () => {};
  const whenLost = new Promise<never>((_, reject) => {
    lose = reject;
  });
  whenLost.catch(() => {}); // nobody may be waiting
  const onError = (error: Error) => {
    checkout.lost ??= new ConnectionLostError(error);
    lose(checkout.lost);
  };
  client.on('error', onError);
  const handle = replacing(client, {
    query: (...parts: Parts) => {
      const end = endOf(parts);
      if (checkout.phase === 'released' || (checkout.phase === 'ending' && end === undefined)) throw transactionOver();
      if (end === 'commit') return commit(client, checkout.last);
      const answer = (client.query as (...parts: Parts) => unknown).apply(client, parts);
      return answer instanceof Promise ? answer.catch((error: unknown) => rethrow(error, checkout)) : answer;
    },
    release: (destroy?: unknown) => {
      checkout.phase = 'released';
      const atRest = (client.getTransactionStatus?.() ?? 'I') === 'I';
      putBack.call(client, Boolean(destroy) || checkout.lost !== undefined || !atRest);
      client.off('error', onError);
    },
  });
  const checkout: Checkout = { handle, prepare, whenLost, lost: undefined, phase: 'open', last: undefined };
  if (slot !== undefined) slot.checkout ??= checkout;
  return checkout;
}

type Parts = [Statement | string, ...unknown[]];

/** @throws {TransactionFailedError} when COMMIT answers ROLLBACK. */
async function commit(client: PgClient, last: Statement | undefined): Promise<Answer> {
  const answer = await send(client, [...(last === undefined ? [] : [last]), statementOf('commit')]);
  if (answer.command !== 'COMMIT') throw new TransactionFailedError();
  return answer;
}

/** Where there is a callback the caller reads the answer alone. */
function endOf([statement, ...rest]: Parts): 'commit' | 'rollback' | undefined {
  if (rest.some((part) => typeof part === 'function')) return undefined;
  const text = typeof statement === 'string' ? statement : statement.text;
  return /^\s*(commit|rollback)\s*;?\s*$/i.exec(text)?.[1]?.toLowerCase() as 'commit' | 'rollback' | undefined;
}

const transactionOver = () =>
  new IdempotencyError('IDEMPOTENCY_TRANSACTION_OVER', 'this client was released, or its transaction has ended');

/** After a loss whatever has no code is the driver's word for it. */
function rethrow(error: unknown, checkout: Checkout | undefined): never {
  throw codeOf(error) === undefined ? (checkout?.lost ?? error) : error;
}

/** What the driver, not the server, says of our own statements: the connection is lost, or was never there. */
function outage(error: unknown): never {
  throw codeOf(error) === undefined ? new ConnectionLostError(error) : error;
}

/** The driver's own error has no code; this one is an outage to everybody who reads SQLSTATEs. */
class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
  readonly code = '08006';
  constructor(cause: unknown) {
    super('the connection to Postgres was lost', { cause });
  }
}

class TransactionFailedError extends Error {
  override readonly name = 'TransactionFailedError';
  readonly code = '25P02';
  constructor() {
    super('COMMIT answered ROLLBACK: a statement of the transaction had failed, and its error was not thrown');
  }
}
