// Compiles only if every line marked as an error is one: `tsc -p packages/idempotency` is the test.
import { drizzle as drizzleOver } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import superjson from 'superjson';
import { z } from 'zod';
import { drizzle } from '../src/adapters/drizzle.ts';
import { guarded, postgresJs } from '../src/adapters/postgres-js.ts';
import {
  absent,
  answered,
  type Codec,
  createOnce,
  declined,
  finish,
  type Json,
  type OutcomeOf,
  reject,
  type TransactionOf,
  unknown,
  waiting,
  workflow,
} from '../src/index.ts';
import { createWorker } from '../src/worker.ts';

type Same<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? true : false;
const is = <_T extends true>() => {};

const sql = postgres();
const database = postgresJs(sql);
interface Payments {
  charge(cents: number, key: string): Promise<{ id: string; ok: boolean }>;
}
type Shop = { tx: TransactionOf<typeof database>; services: { payments: Payments } };
declare const payments: Payments;
const once = createOnce({ database, services: { payments } });
is<Same<TransactionOf<typeof database>, postgres.TransactionSql>>();

const pay = workflow<Shop>('order.pay')
  .input(z.object({ at: z.iso.datetime().transform((text) => new Date(text)), sku: z.string() }))
  .transaction('reserve', async (tx, { input }) => {
    is<Same<typeof input.at, Date>>();
    const [row] = await tx<{ cents: number }[]>`select 1 as cents`;
    return row ? { cents: row.cents } : reject({ code: 'sold_out' });
  })
  .call('charge', {
    send: async ({ services, key, signal, fence, timeoutMs }, { reserve }) => {
      is<Same<typeof reserve.cents, number>>();
      void [signal, fence, timeoutMs];
      const { id, ok } = await services.payments.charge(reserve.cents, key);
      return ok ? answered({ id }) : declined('card_declined');
    },
    lookup: async ({ waited }) => (waited === undefined ? absent : waiting({ redirect: 'https://bank' }, 15_000)),
    cancel: async () => unknown(),
  })
  .transaction('settle', async (_tx, { charge }) => {
    // @ts-expect-error an answer must be looked at before its value is used
    charge.value;
    if (charge.status === 'declined') return reject({ code: 'declined', why: charge.reason });
    is<Same<typeof charge.value.id, string>>();
    return { charge: charge.value.id };
  });

// What run returns is what the phases may say.
const outcome = await once.run(pay, { scope: 's', key: 'k', input: { at: '2026-11-24T20:00:00Z', sku: 'a' } });
is<Same<typeof outcome, OutcomeOf<typeof pay>>>();
if (outcome.status === 'succeeded') is<Same<typeof outcome.value, { charge: string }>>();
if (outcome.status === 'rejected') is<Same<typeof outcome.reason.code, 'sold_out' | 'declined'>>();
if (outcome.status === 'waiting') is<Same<typeof outcome.details, { redirect: string }>>();
if (outcome.status === 'unknown') is<Same<typeof outcome.needsReview, boolean>>();
// @ts-expect-error a page must say what it shows while nobody knows
outcome.value;

const request = { scope: 's', key: 'k', input: { at: '', sku: '' } };
// @ts-expect-error scope is required
once.run(pay, { key: 'k', input: request.input });
// @ts-expect-error the input follows the schema
once.run(pay, { ...request, input: { at: new Date(), sku: 'a' } });
// @ts-expect-error services are missing
createOnce({ database }).run(pay, request);
// @ts-expect-error another driver's transaction
createOnce({ database: drizzle(drizzleOver(guarded(sql))), services: { payments } }).run(pay, request);
// @ts-expect-error resume takes no input
once.resume(pay, request).value;
createWorker(once, [pay]);
// @ts-expect-error a worker needs the services of every workflow that it finishes
createWorker(createOnce({ database }), [pay]);

const start = workflow<Shop>('types').input(z.object({ n: z.number() }));
start.transaction('a', async (_tx, known) => {
  // @ts-expect-error a later phase is not visible to an earlier one
  known.c;
  return 1;
});
// @ts-expect-error wrong use of an earlier result
start.transaction('a', async () => ({ id: 1 })).transaction('b', async (_tx, { a }) => a.id.toUpperCase());
// @ts-expect-error a name twice
start.transaction('a', async () => 1).transaction('a', async () => 2);
// @ts-expect-error "input" is taken
start.transaction('input', async () => 1);
start.transaction('a', async (tx) => {
  // @ts-expect-error no services inside a transaction
  tx.services;
  return 1;
});
start.call('a', {
  send: async (call) => {
    // @ts-expect-error no transaction inside a call
    call.tx;
    return answered(1);
  },
});
// @ts-expect-error two calls in a row: the first answer would not be kept
start.call('a', { send: async () => answered(1) }).call('b', { send: async () => answered(2) });
// @ts-expect-error a workflow that ends with a call cannot be run
once.run(start.call('a', { send: async () => answered(1) }), { scope: 's', key: 'k', input: { n: 1 } });
// @ts-expect-error a call must say what its answer means
start.call('a', { send: async () => ({ id: 'pi_1' }) });
// @ts-expect-error a result must survive JSON
start.transaction('a', async () => ({ at: new Date() }));
// @ts-expect-error and so must an answer
start.call('a', { send: async () => answered({ at: new Date() }) });
// @ts-expect-error a bigint does not
start.transaction('a', async () => 10n);
// @ts-expect-error nor in a reason
start.transaction('a', async () => reject({ at: new Date() }));
// @ts-expect-error nor in an early value
start.transaction('a', async () => finish(new Map([['a', 1]])));
// @ts-expect-error nor in the reason of a decline
start.call('a', { send: async () => declined(10n) });
// @ts-expect-error nor in the details of a wait
start.call('a', { send: async () => answered(1), lookup: async () => waiting({ at: new Date() }, 1) });
// @ts-expect-error a reason neither
once.transaction({ operation: 'o', scope: 's', key: 'k', input: {} }, async () => reject(new Date()));
// @ts-expect-error an input neither
once.transaction({ operation: 'o', scope: 's', key: 'k', input: { at: new Date() } }, async () => 1);
// @ts-expect-error a Date would come back as text
once.transaction({ operation: 'o', scope: 's', key: 'k', input: {} }, async () => ({ at: new Date() }));
// @ts-expect-error no workflow inside a transaction: it has commits of its own
once.within(null as unknown as Shop['tx']).run;
// @ts-expect-error the caller's transaction, not a client
once.within(sql);

// Leaving early, interfaces, phases that return nothing.
interface Line {
  sku: string;
  note?: string;
}
declare const lines: Line[];
const early = start
  .transaction('price', async (_tx, { input }) => (input.n > 1 ? { lines } : finish({ paid: 0 as const })))
  .transaction('nothing', async () => {})
  .transaction('done', async (_tx, { price }) => ({ paid: 900 as const, sku: price.lines[0]?.sku ?? null }));
const left = await once.run(early, { scope: 's', key: 'k', input: { n: 1 } });
if (left.status === 'succeeded') is<Same<typeof left.value.paid, 0 | 900>>();
if (left.status === 'rejected') is<Same<typeof left.reason, never>>();

// A version that replaces another adds that one's values and reasons.
const v1 = workflow<Shop>('v').transaction('a', async () => 'one' as const);
const v2 = workflow<Shop>('v', { version: 2 })
  .replaces(v1)
  .transaction('b', async () => 2 as const);
const both = await once.run(v2, { scope: 's', key: 'k', input: null });
if (both.status === 'succeeded') is<Same<typeof both.value, 'one' | 2>>();

// A transaction has no unknown: it is one commit.
const settled = await once.transaction({ operation: 'o', scope: 's', key: 'k', input: {} }, async (tx) => {
  const [row] = await tx<{ id: string }[]>`select 1`;
  return row ? { id: row.id } : reject('gone');
});
if (settled.status === 'succeeded') is<Same<typeof settled.value, { id: string }>>();
else is<Same<typeof settled.reason, 'gone'>>();

// A codec of its own lifts the rule: for transactions by itself, for a workflow that says so.
const rich = createOnce({ database, services: { payments }, codec: superjson });
const dated = await rich.transaction({ operation: 'o', scope: 's', key: 'k', input: { at: new Date() } }, async () =>
  Math.random() > 0.5 ? { at: new Date(), n: 1n } : reject(new Set([1])),
);
if (dated.status === 'succeeded') is<Same<typeof dated.value, { at: Date; n: bigint }>>();
else is<Same<typeof dated.reason, Set<number>>>();
const richly = workflow<Shop & { storable: unknown }>('rich')
  .transaction('a', async () => ({ at: new Date() }))
  .call('b', { send: async (_call, { a }) => answered({ next: a.at }) })
  .transaction('c', async (_tx, { b }) => new Map([['next', b.value.next]]));
const mapped = await rich.run(richly, { scope: 's', key: 'k', input: null });
if (mapped.status === 'succeeded') is<Same<typeof mapped.value, Map<string, Date>>>();
createWorker(rich, [richly, pay]);
await rich.run(pay, { ...request, input: { at: '', sku: '' } });
// @ts-expect-error JSON would not give it back
once.run(richly, { scope: 's', key: 'k', input: null });
// @ts-expect-error nor for a worker
createWorker(once, [richly]);

// A codec that says what it can store holds the operations to it.
declare const datesOnly: Codec<Json | Date>;
const some = createOnce({ database, codec: datesOnly });
void some.transaction({ operation: 'o', scope: 's', key: 'k', input: null }, async () => new Date());
// @ts-expect-error it does not say that it can store a Map
some.transaction({ operation: 'o', scope: 's', key: 'k', input: null }, async () => new Map());
