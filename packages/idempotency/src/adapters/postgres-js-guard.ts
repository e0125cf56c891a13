// postgres.js 3.4.9 goes on after a connection is lost inside `sql.begin`: the closure's next query either crashes the
// process (`Cannot read properties of null`) or, when the slot has reconnected meanwhile, runs in autocommit on a
// connection that knows nothing of the transaction. `guarded` closes both holes:
//   - once the transaction is over, a query of its handle is rejected instead of sent, also one created before the end;
//   - after a loss the closure's promise stays unsettled, or postgres.js would send ROLLBACK or COMMIT to a null socket.
// And behind an old pooler it sends nothing that would be lost: see postgres-js-turns.ts.
import { AsyncLocalStorage } from 'node:async_hooks';
import { IdempotencyError } from '../errors.ts';
import { type Beneath, beneath, mark, replacing } from './beneath.ts';
import { inTransaction, type PostgresHandle, queryOn } from './postgres-js-statements.ts';
import { Turns } from './postgres-js-turns.ts';
import { committing, refuseCancelled, waitsSoFar } from './standby-wait.ts';

/** A client of postgres.js, by shape: no driver is imported. `never` accepts every overload. */
export interface PostgresClient {
  unsafe: (text: string, parameters?: never, options?: never) => unknown;
  begin: (options: never, body: never) => Promise<unknown>;
}

type Callable = (...parts: unknown[]) => unknown;
type Handle = Callable & Record<'unsafe' | 'file' | 'savepoint', Callable>;
interface Internals {
  handler?: (query: unknown) => unknown;
  reject: (error: unknown) => void;
  catch: (ignore: () => void) => unknown;
}

const current = new AsyncLocalStorage<{ client: object; handle: PostgresHandle }>();

/**
 * The same client, whose transactions survive a lost connection. Give it to everything that opens one:
 * `drizzle(guarded(postgres(url)))`. `unsafe` with parameters is prepared, which saves a round trip each;
 * `postgres(url, { prepare: false })` still turns that off (PgBouncer before 1.21).
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID for another driver's client.
 */
export function guarded<C extends PostgresClient>(client: C): C {
  if (beneath(client) !== undefined) return client;
  if (typeof client?.begin !== 'function') {
    throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'it takes a client: guarded(postgres(url))');
  }
  const raw = client as unknown as Record<'begin' | 'unsafe', Callable>;
  const turns = Turns.of(client);
  const safe: C = replacing(turns === undefined ? client : queriesInTurn(client, turns), {
    unsafe: turns === undefined ? prepared(raw.unsafe) : inTurn(prepared(raw.unsafe), turns),
    begin: (...parts: unknown[]) => {
      const open = () => begin(safe, raw.begin, parts);
      return turns === undefined ? open() : turns.transaction(open);
    },
    get [mark]() {
      return beneathOf(safe);
    },
  });
  return safe;
}

const inTurn =
  (make: Callable, turns: Turns): Callable =>
  (...parts) => {
    const made = make(...parts);
    if (isQuery(made)) turns.query(made);
    return made;
  };

/** The client itself is the tag of its template strings. */
const queriesInTurn = <C extends PostgresClient>(client: C, turns: Turns): C =>
  new Proxy(client, {
    apply: (tag, self, parts) => inTurn((...each) => Reflect.apply(tag as never, self, each), turns)(...parts),
  });

/** For an ORM over it. @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when it opens its transactions elsewhere. */
function beneathOf(client: object): Beneath {
  const handleNow = (): PostgresHandle => {
    const open = current.getStore();
    if (open?.client === client) return open.handle;
    throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'the db does not use its own client');
  };
  return {
    query: committing(queryOn(client as unknown as PostgresHandle)),
    transaction: (open, body) =>
      inTransaction(
        (closure) => open(() => closure(handleNow())),
        (_handle, ...rest) => body(...rest),
      ),
  };
}

async function begin(client: object, send: Callable, parts: unknown[]): Promise<unknown> {
  const before = waitsSoFar();
  const body = parts.at(-1) as Callable;
  const scope = { over: false };
  const closure = (raw: Handle) => {
    const handle = watched(raw, scope);
    return current.run({ client, handle: handle as unknown as PostgresHandle }, () =>
      settledUnlessOver(scope, body, handle),
    );
  };
  try {
    const value = await send(...parts.slice(0, -1), closure);
    refuseCancelled(before);
    return value;
  } finally {
    scope.over = true;
  }
}

/** What postgres.js does with a closure's answer (an array of queries is awaited), but never settled after the end. */
const settledUnlessOver = (scope: { over: boolean }, body: Callable, handle: Handle): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const answer = (async () => {
      const made = body(handle);
      return Array.isArray(made) ? await Promise.all(made) : await made;
    })();
    answer.then(
      (value) => scope.over || resolve(value),
      (error) => scope.over || reject(error),
    );
  });

/** A handle of one transaction: its queries are refused at the moment of sending once the transaction is over. */
function watched(raw: Handle, scope: { over: boolean }): Handle {
  const watch =
    (make: Callable): Callable =>
    (...parts) => {
      if (scope.over) throw transactionOver();
      const query = make(...parts);
      if (isQuery(query)) refuseWhenOver(query, scope);
      return query;
    };
  const savepoint: Callable = (...parts) => {
    if (scope.over) throw transactionOver();
    const body = parts.at(-1) as Callable;
    return raw.savepoint(...parts.slice(0, -1), (inner: Handle) =>
      settledUnlessOver(scope, body, watched(inner, scope)),
    );
  };
  return Object.assign(watch(raw), raw, { unsafe: watch(prepared(raw.unsafe)), file: watch(raw.file), savepoint });
}

const isQuery = (made: unknown): made is Promise<unknown> & Internals =>
  made instanceof Promise && typeof (made as Partial<Internals>).handler === 'function';

function refuseWhenOver(query: Promise<unknown> & Internals, scope: { over: boolean }): void {
  const send = query.handler as NonNullable<Internals['handler']>;
  query.handler = (sent) => {
    if (!scope.over) return send(sent);
    query.catch(() => {}); // nobody may be waiting for it any more
    return query.reject(transactionOver());
  };
  // Registered before any reaction of the closure, so the closure already finds its transaction over when it hears of
  // the loss. Promise's own `then`: the query's would send it.
  void Promise.prototype.then.call(query, undefined, (error) => {
    if (endsConnection(error)) scope.over = true;
  });
}

/** A driver's own connection error, or a server error after which the server hangs up. */
function endsConnection(error: unknown): boolean {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  if (severity === undefined) return /^(CONNECTION_|ECONN|EPIPE|ETIMEDOUT)/.test(String(code));
  return severity === 'FATAL' || severity === 'PANIC';
}

const prepared =
  (unsafe: Callable): Callable =>
  (text, parameters, options) =>
    Array.isArray(parameters) && parameters.length > 0
      ? unsafe(text, parameters, { ...(options as object | undefined), prepare: true })
      : unsafe(...[text, parameters, options].filter((part) => part !== undefined));

const transactionOver = () =>
  new IdempotencyError(
    'IDEMPOTENCY_TRANSACTION_OVER',
    'this transaction is over: its connection was lost or it has ended',
  );
