// What an ORM's adapter finds beneath its ORM: the guarded client carries it, so that no entry bundles another's driver.
import type { Query, SendLast } from '../database.ts';

export interface Beneath {
  readonly query: Query;
  /**
   * @param open lets the ORM open a transaction on this client, and runs `closure` inside it.
   * @param body gets statements that go past the ORM: they skip its query builder, and the last one rides with COMMIT.
   * @param begin is sent with the first statement, where `open` has not sent it and the driver can do that.
   */
  transaction<T>(
    open: (closure: () => Promise<T>) => Promise<T>,
    body: (query: Query, sendLast: SendLast) => Promise<T>,
    begin?: string,
  ): Promise<T>;
}

/** The same in every copy of the package: a client guarded by one is recognised by another. */
export const mark = Symbol.for('@once/idempotency:guarded');

export const beneath = (client: unknown): Beneath | undefined =>
  isObject(client) && mark in client ? (client[mark] as Beneath) : undefined;

/** The same object, but for the members given. */
export const replacing = <T extends object>(target: T, members: Readonly<Record<PropertyKey, unknown>>): T =>
  new Proxy(target, {
    get: (_, name) => (Object.hasOwn(members, name) ? members[name] : Reflect.get(target, name)),
    has: (_, name) => Object.hasOwn(members, name) || Reflect.has(target, name),
  });

const isObject = (value: unknown): value is Record<PropertyKey, unknown> =>
  typeof value === 'function' || (typeof value === 'object' && value !== null);
