// What an ORM's adapter finds beneath its ORM. The guarded client brings it along, so that no entry bundles another's driver.
import { AsyncLocalStorage } from 'node:async_hooks';
import { codeOf, type Query, type SendLast } from '../database.ts';
import { IdempotencyError } from '../errors.ts';

export interface Beneath {
  readonly query: Query;
  /**
   * @param open lets the ORM open a transaction on this client, and runs `closure` inside it.
   * @param body gets statements that go past the ORM: they skip its query builder, and the last one rides with COMMIT.
   */
  transaction<T>(
    open: (closure: () => Promise<T>) => Promise<T>,
    body: (query: Query, sendLast: SendLast) => Promise<T>,
  ): Promise<T>;
}

/** The same in every copy of the package: a client guarded by one is recognised by another. */
export const mark = Symbol.for('@once/idempotency:guarded');

export const beneath = (client: unknown): Beneath | undefined =>
  isObject(client) && mark in client ? (client[mark] as Beneath) : undefined;

/** A connection that a guarded pool has given to whoever opens a transaction. */
export interface Opened {
  /** @param begin is sent with the first statement. */
  queryAfter(begin: string | undefined): Query;
  readonly sendLast: SendLast;
  readonly whenLost: Promise<never>;
  lost(): Error | undefined;
  /** The body has settled: only COMMIT or ROLLBACK may follow. */
  end(): void;
}

/** Where a guarded pool leaves the connection that it gives out, for whoever runs the transaction. */
export const opened = new AsyncLocalStorage<{ here?: Opened }>();

/**
 * As `Beneath`, where the pool beneath the ORM cannot be seen: it shows itself when the ORM asks it for a connection.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when no guarded pool was asked.
 */
export async function transactionOnPool<T>(
  open: (closure: () => Promise<T>) => Promise<T>,
  body: (query: Query, sendLast: SendLast) => Promise<T>,
  begin?: string,
): Promise<T> {
  const slot: { here?: Opened } = {};
  const closure = async () => {
    const { here } = slot;
    if (here === undefined) {
      throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', 'its pool is not guarded: guarded(new Pool({ … }))');
    }
    try {
      return await Promise.race([here.whenLost, body(here.queryAfter(begin), here.sendLast)]);
    } finally {
      here.end();
    }
  };
  try {
    return await opened.run(slot, () => open(closure));
  } catch (error) {
    // After a loss, what has no code is the driver's word for it, also for a ROLLBACK that could not be sent.
    throw codeOf(error) === undefined ? (slot.here?.lost() ?? error) : error;
  }
}

/** The same object, but for the members given. */
export const replacing = <T extends object>(target: T, members: Readonly<Record<PropertyKey, unknown>>): T =>
  new Proxy(target, {
    get: (_, name) => (Object.hasOwn(members, name) ? members[name] : Reflect.get(target, name)),
    has: (_, name) => Object.hasOwn(members, name) || Reflect.has(target, name),
  });

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'function' || (typeof value === 'object' && value !== null);
