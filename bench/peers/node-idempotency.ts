import { Idempotency, type IdempotencyOptions } from '@node-idempotency/core';
import type postgres from 'postgres';
import type { Lab } from '../library/lab.ts';
import { OUTCOME, sell } from '../library/operations.ts';
import type { Peer } from './peer.ts';

/** Its core, as on npm. Its store for Postgres is not there; this one keeps the same in the same way, in a table that lasts. */
export async function openNodeIdempotency({ admin, open }: Lab, connections: number): Promise<Peer> {
  await admin`create table their_key (key varchar(255) primary key, data text, expires_at timestamptz not null)`;
  await admin`create index on their_key (expires_at)`;
  const { bare } = open(connections);
  const options: IdempotencyOptions = { inProgressStrategy: { wait: true, pollingIntervalMs: 10, maxWaitMs: 5_000 } };
  const idempotency = new Idempotency(storeIn(bare), options);
  const requestOf = (key: string) => ({
    method: 'POST',
    path: '/orders',
    headers: { 'idempotency-key': key },
    body: { sku: 'lee-shore', quantity: 1 },
  });
  const find = async (key: string) => await idempotency.onRequest(requestOf(key));
  return {
    guarantees: 'three commits; a crash between work and answer leaves the key blocked for a day, then runs again',
    first: async (key) => {
      const known = await find(key);
      if (known !== undefined) return known;
      await bare.begin(sell);
      await idempotency.onResponse(requestOf(key), { body: OUTCOME, additional: { statusCode: 201 } });
      return OUTCOME;
    },
    again: find,
    close: async () => {},
  };
}

const DAY_MS = 86_400_000;
type Store = ConstructorParameters<typeof Idempotency>[0];

function storeIn(sql: postgres.Sql): Store {
  const later = (options?: { readonly ttl?: number }) =>
    sql`statement_timestamp() + ${options?.ttl ?? DAY_MS}::float8 * interval '1 ms'`;
  return {
    connect: async () => {},
    disconnect: async () => {},
    setIfNotExists: async (key, data, options) => {
      const { count } = await sql`
        insert into their_key as old (key, data, expires_at) values (${key}, ${data}, ${later(options)})
        on conflict (key) do update set data = excluded.data, expires_at = excluded.expires_at
          where old.expires_at < statement_timestamp()`;
      return count > 0;
    },
    set: async (key, data, options) => {
      await sql`
        insert into their_key (key, data, expires_at) values (${key}, ${data}, ${later(options)})
        on conflict (key) do update set data = excluded.data, expires_at = excluded.expires_at`;
    },
    get: async (key) => {
      const [row] = await sql`select data from their_key where key = ${key} and expires_at > statement_timestamp()`;
      return row?.['data'] as string | undefined;
    },
  };
}
