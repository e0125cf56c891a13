import { drizzle as drizzleOver } from 'drizzle-orm/postgres-js';
import { Client, Pool } from 'pg';
import type { Sql } from 'postgres';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { nodePostgres } from '../src/adapters/pg.ts';
import { postgresJs } from '../src/adapters/postgres-js.ts';
import { answered, createOnce, isIdempotencyError, workflow } from '../src/index.ts';
import { migrate } from '../src/migrate.ts';
import { aScope, codeThrown, eventually, gate, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const { once, names } = onceOver(driver);
const operation = 'order.create';
const never = async (): Promise<string> => {
  throw new Error('it must not run');
};

test('the same key with another input is refused, and the record stays as it is', async () => {
  const scope = aScope();
  await once.transaction({ operation, scope, key: 'k', input: { sku: 'a', n: 1 } }, async () => 1);
  const before = await fixture.record(scope);
  for (const input of [{ sku: 'a', n: 2 }, { sku: 'a' }, { sku: 'a', n: '1' }, null]) {
    const refused = once.transaction({ operation, scope, key: 'k', input }, never);
    await expect(refused).rejects.toMatchObject({
      code: 'IDEMPOTENCY_FINGERPRINT_MISMATCH',
      facts: { operation, scope },
    });
  }
  expect(await fixture.record(scope)).toEqual(before);
  expect(await once.transaction({ operation, scope, key: 'k', input: { n: 1, sku: 'a' } }, never)).toMatchObject({
    value: 1,
  });
  expect(names()).toContain('refused');
});

test('another input is a mismatch before it is in flight: nobody is told to come back for it', async () => {
  const scope = aScope();
  const { slow, sent, end } = slowlyPlaced();
  const first = once.run(slow, { scope, key: 'k', input: { n: 1 } });
  await sent.passed;
  const run = (n: number) => codeThrown(once.run(slow, { scope, key: 'k', input: { n }, waitMs: 0 }));
  expect(await run(2)).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
  expect(await run(1)).toBe('IDEMPOTENCY_IN_FLIGHT');
  end.open();
  await first;
});

test('whoever is refused writes nothing: not one version of the row is made, not one lock is left', async () => {
  const scope = aScope();
  const { slow, sent, end } = slowlyPlaced();
  const version = async () => {
    const rows =
      await fixture.admin`select xmin::text, xmax::text, ctid::text from idempotency.record where scope = ${scope}`;
    return rows[0];
  };
  const run = (n: number, request = {}) =>
    codeThrown(once.run(slow, { scope, key: 'k', input: { n }, waitMs: 0, ...request }));
  const first = once.run(slow, { scope, key: 'k', input: { n: 1 } });
  await sent.passed;
  const held = await version();
  expect(await run(1)).toBe('IDEMPOTENCY_IN_FLIGHT');
  expect(await run(1, { waitMs: 60 })).toBe('IDEMPOTENCY_IN_FLIGHT'); // gave up waiting
  expect(await run(2)).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
  expect(await codeThrown(once.resolve(slow, { scope, key: 'k' }, answered('paid')))).toBe(
    'IDEMPOTENCY_NOT_RESOLVABLE',
  );
  expect(await once.wake(slow, { scope, key: 'k' })).toBe(false);
  expect(await version()).toEqual(held);
  end.open();
  await first;
  const settled = await version();
  expect(await run(2)).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
  expect(await once.park(slow, { scope, key: 'k' })).toBe(false);
  expect(await version()).toEqual(settled);
});

test('in flight tells how long the lease runs at most', async () => {
  const scope = aScope();
  const claimed = workflow<{ tx: PostgresTx; services: object }>('order.place')
    .transaction('reserve', async () => 1)
    .call('charge', { send: async () => await new Promise<never>(() => {}) })
    .transaction('settle', async () => 2);
  void once.run(claimed, { scope, key: 'k', input: null }).catch(() => {});
  await eventually(() => fixture.record(scope));
  const refusal = await once.run(claimed, { scope, key: 'k', input: null, waitMs: 0 }).catch((error: unknown) => error);
  expect(isIdempotencyError(refusal) && refusal.facts.retryAfterMs).toBeGreaterThan(25_000);
  expect(isIdempotencyError(refusal) && refusal.facts.retryAfterMs).toBeLessThanOrEqual(30_000);
});

const badKeys = {
  empty: '',
  '256 characters': 'k'.repeat(256),
  NUL: 'a\u0000b',
  unicode: 'schlüssel',
  space: 'a b',
  newline: 'a\n',
};
test.each(Object.entries(badKeys))(
  'a key that is malformed (%s) is refused before anything is sent',
  async (_name, key) => {
    const scope = aScope();
    expect(await codeThrown(once.transaction({ operation, scope, key, input: {} }, never))).toBe(
      'IDEMPOTENCY_KEY_INVALID',
    );
    expect(await codeThrown(once.find(operation, { scope, key }))).toBe('IDEMPOTENCY_KEY_INVALID');
    expect(await fixture.record(scope)).toBeUndefined();
  },
);

test('255 visible characters are a key', async () => {
  const request = { operation, scope: aScope(), key: '~'.repeat(255), input: {} };
  expect(await once.transaction(request, async () => 1)).toMatchObject({ status: 'succeeded' });
});

const badScopes = { empty: '', '256 characters': 's'.repeat(256), NUL: 'a\u0000', 'lone surrogate': 'a\ud800' };
test.each(Object.entries(badScopes))('a scope that is malformed (%s) is refused', async (_name, scope) => {
  expect(await codeThrown(once.transaction({ operation, scope, key: 'k', input: {} }, never))).toBe(
    'IDEMPOTENCY_KEY_INVALID',
  );
});

test.each(['', undefined as unknown as string, '1st', 'a b', 'ä', 'a'.repeat(101), 'a@1', 'a"b'])(
  '%j is no name for an operation',
  async (name) => {
    const refused = once.transaction({ operation: name, scope: aScope(), key: 'k', input: {} }, never);
    expect(await codeThrown(refused)).toBe('IDEMPOTENCY_KEY_INVALID');
    expect(() => workflow(name)).toThrow(expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }));
  },
);

test('an input that JSON cannot hold, or that the schema refuses, is refused with the issues', async () => {
  const scope = aScope();
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  for (const input of [cyclic, { n: Number.NaN }, new Map([['a', 1]]), 1n]) {
    const refused = once.transaction({ operation, scope, key: 'k', input: input as never }, never);
    expect(await codeThrown(refused)).toBe('IDEMPOTENCY_INPUT_INVALID');
  }
  const strict = workflow<{ tx: PostgresTx; services: object }>('strict')
    .input(z.strictObject({ n: z.int().min(1) }))
    .transaction('only', async () => 1);
  for (const input of [{ n: 0 }, { n: 1.5 }, { n: 1, more: true }, {}]) {
    const refused = once.run(strict, { scope, key: 'k', input: input as { n: number } });
    await expect(refused).rejects.toMatchObject({
      code: 'IDEMPOTENCY_INPUT_INVALID',
      facts: { operation: 'strict', issues: [{ message: expect.any(String) }] },
    });
  }
  expect(await fixture.record(scope)).toBeUndefined();
});

test('an operation inside a phase of another is refused instead of waiting for a second connection', async () => {
  const { once: single } = onceOver(fixture.driver({ max: 1 }));
  const scope = aScope();
  const outer = single.transaction({ operation: 'outer', scope, key: 'k', input: {} }, async () => {
    await single.transaction({ operation: 'inner', scope, key: 'k', input: {} }, never);
    return 'never';
  });
  expect(await codeThrown(outer)).toBe('IDEMPOTENCY_NESTED');
  expect(await fixture.record(scope)).toBeUndefined();
});

test.each([
  { leaseMs: 999 },
  { leaseMs: 300_001 },
  { waitMs: -1 },
  { waitMs: 0.5 },
  { retentionMs: 1 },
  { retentionMs: Number.POSITIVE_INFINITY },
  { tombstoneMs: -1 },
  { maxOutcomeBytes: 1_023 },
  { maxOutcomeBytes: 8 * 1_024 * 1_024 + 1 },
  { maxTries: 0 },
  { maxTries: Number.NaN },
])('options out of their limits are refused at construction: %j', (options) => {
  const { database } = driver;
  expect(() => createOnce({ ...options, database })).toThrow(
    expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }),
  );
});

test('a client in the place of the adapter is refused before anything is sent', async () => {
  const { sql } = fixture.driver();
  for (const client of [sql, drizzleOver(sql), undefined]) {
    const database = client as unknown as typeof driver.database;
    expect(() => createOnce({ database })).toThrow(expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }));
    expect(await codeThrown(migrate(database))).toBe('IDEMPOTENCY_OPTION_INVALID');
  }
});

test('the client of another driver, or only its address, is refused by an adapter', () => {
  const { sql } = fixture.driver();
  const pool = new Pool({ connectionString: fixture.url });
  const refused = expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' });
  for (const client of [sql, new Client(fixture.url), fixture.url, undefined]) {
    expect(() => nodePostgres(client as unknown as Pool)).toThrow(refused);
  }
  for (const client of [pool, fixture.url, undefined]) {
    expect(() => postgresJs(client as unknown as Sql)).toThrow(refused);
  }
});

test('a wait out of its limits is refused per request too', async () => {
  const refused = once.transaction({ operation, scope: aScope(), key: 'k', input: {}, waitMs: 60_001 }, never);
  expect(await codeThrown(refused)).toBe('IDEMPOTENCY_OPTION_INVALID');
});

/** An order whose call lasts until `end` is opened. */
function slowlyPlaced() {
  const sent = gate();
  const end = gate();
  const slow = workflow<{ tx: PostgresTx; services: object }>('order.place')
    .input(z.object({ n: z.number() }))
    .transaction('reserve', async () => 1)
    .call('charge', {
      send: async () => {
        sent.open();
        await end.passed;
        return answered('paid');
      },
    })
    .transaction('settle', async () => 2);
  return { slow, sent, end };
}
