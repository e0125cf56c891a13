// What other idempotency libraries were seen to do wrong, and that this one does not. Where a test elsewhere shows it, the
// row names that test, and it is checked that it is there.
import fastify from 'fastify';
import { expect, test } from 'vitest';
import type { Query } from '../src/database.ts';
import { idempotent as onFastify } from '../src/fastify.ts';
import { idempotent } from '../src/http.ts';
import { answered, createOnce, workflow } from '../src/index.ts';
import { aScope, codeThrown, gate, onceOver, openFixture, type PostgresTx } from './fixture.ts';
import { expectTested, type TestedBy } from './titles.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const { once } = onceOver(driver);
const operation = 'order.create';

/** Runs an operation that writes one note, with an answer that tells one run from another. */
const order = (scope: string, input: unknown, more: { key?: string; waitMs?: number; replayHint?: boolean } = {}) =>
  once.transaction({ operation, scope, key: 'k', input: input as never, ...more }, async (tx) => {
    await driver.write(tx, scope, 'ran');
    return { run: (await fixture.written(scope)).length + 1 };
  });

const orderOver = (request: { readonly scope: string; readonly tx: PostgresTx }) =>
  driver.write(request.tx, request.scope, 'ran').then(() => Response.json({ ran: true }, { status: 201 }));

const elsewhere: Record<string, TestedBy> = {
  'Powertools: an input that its operation changes strands the key': {
    input: ['an input that its operation changes is the one that was sent'],
  },
  'idempot-js, express-idempotency: find, then insert: two execute': {
    claim: ['of 24 callers of a fresh key one executes'],
    processes: ['of 4 processes that want the same 1 500 keys one executes each'],
  },
  'idempot-js: another caller with the same key gets the first one’s response': {
    claim: ['the same key in another scope or another operation is another operation'],
    'http/http': ['two scopes never meet under one key'],
    'trpc/trpc': ['two users never meet under one key'],
  },
  'idempot-js: a key in quotes and the bare key are two': { 'http/http': ['a key in quotes is the key without them'] },
  'node-idempotency: a store that is down lets the handler run unguarded': {
    'http/http': ['with the database away it is 503 with Retry-After, and nothing runs'],
    commit: ['while no database answers the caller is told to come back with the same key'],
  },
  'node-idempotency: the table is UNLOGGED, and empty after a crash': {
    migrate: ['the table is durable, and one that somebody has made UNLOGGED is refused'],
  },
  'hono-idempotency: a lock that has lapsed can never be taken again': {
    takeover: ['a caller that waits takes over as soon as the lease lapses', 'of 24 callers and 4 workers on a lapsed'],
    expiry: ['past its time as a tombstone the row goes, and the key is new'],
  },
  'IdempotencyGuard.NET: 200 replays are 200 row updates': {
    replay: ['a replay writes nothing (replayHint %s): no row, no byte of WAL'],
  },
  // Read in their code rather than reproduced.
  'idempot-js, node-idempotency, adcp: a crash answers 409 for a day': {
    takeover: ['after a crash at %s another caller finishes', 'after a crash at %s a worker finishes'],
    kill: ['a process killed by SIGKILL at %s leaves nothing undone and nothing twice'],
  },
  'idempot-js, adcp: the answer is kept after the client has it, or after the handler’s own commit': {
    rollback: ['a last statement that fails with COMMIT is no success'],
    commit: ['a transaction whose COMMIT is cut %s the server has it once, and the caller hears it'],
  },
  'idempot-js: an INSERT that was slow, but committed, returns as "exists", and nobody executes': {
    commit: ['a record that somebody has taken over while our COMMIT was undecided is theirs'],
  },
  'nestarc: buffers, streams and failed handlers delete the record, and a retry executes again': {
    'http/http': ['a body that is %s is replayed to the byte', 'what the handler throws is the server’s 500'],
    call: ['what may have been sent is looked up before it is sent again'],
  },
  'nestarc, idempo: session advisory locks, which PgBouncer’s transaction mode breaks': {
    statements: ['%s: one plain statement, no lock, no session state'],
  },
  'adcp: JSONB gives a replay other bytes; deadlines mix two clocks': {
    duplicate: ['every retry gets the same bytes'],
    clock: ['writes leases, waits and retention by the database’s clock'],
  },
  'idempo: an answer that is too large is not kept, and a retry executes again': {
    large: ['%s that is larger is returned once, and a retry is refused instead of executed'],
  },
  'idempotence4j: a second pooled connection inside the caller’s transaction starves the pool': {
    within: ['key, writes and answer commit with the caller’s transaction'],
    connection: ['a pool of one connection is enough for callers, duplicates and calls at once'],
  },
  'rocket-rides: the provider is called inside a transaction, and retried for longer than it remembers keys': {
    call: ['no transaction is open during a call'],
    horizon: ['past resendWithinMs nothing is sent again'],
  },
  'idempotency4j: a holder that was away too long goes on under its successor': {
    fence: ['a stale holder cannot settle while its successor is in flight'],
    processes: ['a process frozen at %s and woken after its successor has settled writes nothing'],
  },
  'acidic_job, graphile-worker: two workers run the same step': {
    worker: ['of 120 abandoned records 6 workers take each exactly once'],
  },
  'IdempotencyGuard.NET: a client that goes away while the answer is saved releases the claim': {
    'http/http': ['a caller who goes away finds the outcome when they come back'],
  },
  'DBOS: a lost connection becomes the step’s permanent error': {
    connection: ['an operation whose connection is lost runs again from its start'],
  },
  'DBOS: an id that is used again after its workflow was collected replays a step of its first life': {
    expiry: ['past its time as a tombstone the row goes, and the key is new'],
  },
  'pg-boss, graphile-worker, Vercel Workflow: a key counts only while its work is not done': {
    duplicate: ['every retry gets the same bytes, for a yes and for a no'],
  },
  'Formance: the duplicate that loses runs the business logic too': {
    claim: ['of 24 callers of a fresh key one executes'],
  },
  'Powertools: no time left counts as no deadline': {
    call: ['a call that ignores its signal holds nobody up', 'a process that slept past its lease sends nothing'],
  },
  'Medusa: a client’s key that is not known yet is ignored': {
    'http/http': ['duplicates in parallel run once and hear the same'],
  },
  'stripe-node: each new call of the application sends another key': {
    call: ['a derived key is the same in every try and after the record is lost'],
  },
};

test.each(Object.entries(elsewhere))('%s: tested where the row says', async (_peer, by) => await expectTested(by));

test.each([false, true])(
  'Powertools, arun0009: a duplicate that is refused takes the holder’s record along (mismatch: %s)',
  async (mismatch) => {
    const scope = aScope();
    const [held, finish] = [gate(), gate()];
    const first = once.transaction({ operation, scope, key: 'k', input: 1 }, async (tx) => {
      await driver.write(tx, scope, 'ran');
      held.open();
      await finish.passed;
      return 'first';
    });
    await held.passed;
    expect(await codeThrown(order(scope, mismatch ? 2 : 1, { waitMs: 0 }))).toBe('IDEMPOTENCY_IN_FLIGHT');
    finish.open();
    expect(await first).toMatchObject({ value: 'first', replayed: false });
    if (mismatch) expect(await codeThrown(order(scope, 2))).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
    expect(await order(scope, 1)).toMatchObject({ value: 'first', replayed: true });
    expect(await fixture.written(scope)).toEqual(['ran']);
  },
);

test('Powertools, hono-idempotency: a holder whose lease lapsed fails, deletes its successor’s answer, and a third executes', async () => {
  const scope = aScope();
  const [stalled, goOn] = [gate(), gate()];
  let settles = 0;
  const pay = workflow<{ tx: PostgresTx; services: object }>('order.pay')
    .call('charge', { send: async () => answered('ch_1') })
    .transaction('settle', async (tx) => {
      settles += 1;
      await driver.write(tx, scope, `settle ${settles}`);
      if (settles > 1) return 'paid';
      stalled.open();
      await goOn.passed;
      throw new RangeError('the first holder fails, long after its lease');
    });
  const request = { scope, key: 'k', input: null };
  const first = once.run(pay, { ...request, waitMs: 0 }).catch((error: unknown) => error);
  await stalled.passed;
  await fixture.makeDue(scope);
  expect(await once.run(pay, request)).toMatchObject({ value: 'paid', replayed: false });
  const settled = await fixture.record(scope);
  goOn.open();
  await first;
  expect(await fixture.record(scope)).toEqual(settled);
  expect(await once.run(pay, request)).toMatchObject({ value: 'paid', replayed: true });
  expect(await fixture.written(scope)).toEqual(['settle 2']);
});

test.each([
  ['Powertools: {a, A} and {A, a} are two inputs', '{"a":1,"A":2}', '{"A":2,"a":1}', true],
  [
    'Powertools, idempot-js: payloads that differ in __proto__ only collide',
    '{"__proto__":1}',
    '{"__proto__":2}',
    false,
  ],
  ['Powertools, idempot-js: one with __proto__ and one without collide', '{"__proto__":{"a":1}}', '{}', false],
  ['IdempotencyGuard.NET: 100 and "100" are the same', '{"n":100}', '{"n":"100"}', false],
  ['DBOS, idempo: another input under the same key is ignored, or executed', '{"n":1}', '{"n":2}', false],
])('%s', async (_peer, one, other, same) => {
  const scope = aScope();
  await order(scope, JSON.parse(one));
  const second = order(scope, JSON.parse(other));
  if (same) expect(await second).toMatchObject({ replayed: true });
  else expect(await codeThrown(second)).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
  expect(await fixture.written(scope)).toEqual(['ran']);
});

test('idempot-js: bodies with integers beyond 2^53 that differ collide', async () => {
  const scope = aScope();
  const POST = idempotent(once, { operation, scope: () => scope }, async (_request, tx) => orderOver({ scope, tx }));
  const post = (body: string) =>
    POST(new Request('http://localhost/orders', { method: 'POST', body, headers: { 'idempotency-key': 'k' } }));
  expect((await post('{"cents":9007199254740992}')).status).toBe(201);
  expect((await post('{"cents":9007199254740993}')).status).toBe(422);
});

test('node-idempotency, absurd: a record that goes between the conflict and the read is taken for a claim', async () => {
  const scope = aScope();
  await order(scope, 1);
  let isThere = true;
  const query: Query = async (...asked) => {
    if (isThere) await fixture.admin`delete from idempotency.record where scope = ${scope}`;
    isThere = false;
    return await driver.database.query(...asked);
  };
  const late = createOnce({ database: { ...driver.database, query } });
  for (const replayed of [false, true]) {
    const request = { operation, scope, key: 'k', input: 1 };
    const settled = await late.transaction(request, (tx) => driver.write(tx, scope, 'ran again'));
    expect(settled).toMatchObject({ status: 'succeeded', replayed });
  }
  expect(isThere).toBe(false);
  expect(await fixture.written(scope)).toEqual(['ran', 'ran again']);
});

test('express-idempotency: a client says by a header that the handler need not run', async () => {
  const scope = aScope();
  const POST = idempotent(once, { operation, scope: () => scope }, async (_request, tx) => orderOver({ scope, tx }));
  const headers = { 'idempotency-key': 'k', 'idempotent-replayed': 'true', 'x-hit': 'true' };
  const answer = await POST(new Request('http://localhost/orders', { method: 'POST', body: '{}', headers }));
  expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([201, null]);
  expect(await fixture.written(scope)).toEqual(['ran']);
});

test('idempot-js: a second user who sends the same body is refused, for it was sent under another key', async () => {
  const scopes = [aScope(), aScope()];
  for (const scope of scopes) {
    for (const key of ['k1', 'k2'])
      expect(await order(scope, { sku: 'a' }, { key })).toMatchObject({ replayed: false });
    expect(await fixture.written(scope)).toEqual(['ran', 'ran']);
  }
});

test('Powertools: an identical retry that is answered from a cache fails the validation of its payload', async () => {
  const scope = aScope();
  const first = await order(scope, { sku: 'a' });
  for (const replayHint of [true, false, true]) {
    expect(await order(scope, { sku: 'a' }, { replayHint })).toEqual({ ...first, replayed: true });
  }
});

test('node-idempotency: over Fastify, one mismatched request overwrites the success, and the client’s own retry gets 422', async () => {
  const scope = aScope();
  const app = fastify();
  const handler = onFastify(once, { operation, scope: () => scope }, async (_request, tx) => orderOver({ scope, tx }));
  app.post('/orders', handler);
  const post = async (payload: object) => {
    const answer = await app.inject({ method: 'POST', url: '/orders', payload, headers: { 'idempotency-key': 'k' } });
    return [answer.statusCode, answer.headers['idempotent-replayed']];
  };
  expect(await post({ sku: 'a' })).toEqual([201, undefined]);
  expect(await post({ sku: 'b' })).toEqual([422, undefined]);
  expect(await post({ sku: 'a' })).toEqual([201, 'true']);
  expect(await fixture.written(scope)).toEqual(['ran']);
  await app.close();
});

test('node-idempotency: a key of the greatest length that is accepted does not fit its column', async () => {
  const scope = `${aScope()}${'ü'.repeat(255)}`.slice(0, 255);
  const longest = { operation: 'o'.repeat(100), scope, key: '~'.repeat(255), input: {} };
  for (const replayed of [false, true]) {
    expect(await once.transaction(longest, async () => 1)).toMatchObject({ status: 'succeeded', replayed });
  }
});
