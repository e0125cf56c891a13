// One event per transition, with the same names and fields everywhere, and nothing in it that somebody might mind.
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { answered, type IdempotencyEvent, unknown, waiting, workflow } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, gate, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
type Plain = { tx: PostgresTx; services: object };
const secret = 'PII-4242';

type Heard = ReturnType<typeof answered<string>> | ReturnType<typeof unknown> | ReturnType<typeof waiting<string>>;

/** A payment that hears what the test wants, and the events of everybody who works on it. */
function watched() {
  const scope = aScope();
  const heard: Heard[] = [];
  let failing = false;
  const pay = workflow<Plain>(`pay.${scope}`)
    .input({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) } })
    .transaction('reserve', async () => secret)
    .call('charge', { send: async () => heard.shift() ?? answered(secret) })
    .transaction('settle', async () => {
      if (failing) throw new Error('disk full');
      return secret;
    });
  const { once, events } = onceOver(driver, { leaseMs: 30_000 });
  const request = { scope, key: 'the-key', input: { card: secret } };
  return { scope, heard, pay, once, events, request, fail: (now: boolean) => (failing = now) };
}

const without = ({ name, operation: _o, scope: _s, recordId: _r, ...facts }: IdempotencyEvent) => [name, facts];

test('each transition of a payment is one event, in order', async () => {
  const { scope, heard, pay, once, events, request, fail } = watched();
  heard.push(waiting(secret, 1_000), unknown('down', 2_000));
  await once.run(pay, request);
  await once.wake(pay, request);
  await once.run(pay, request);
  await once.park(pay, request);
  fail(true);
  await codeThrown(once.resolve(pay, request, answered(secret)));
  fail(false);
  await fixture.makeDue(scope);
  await once.run(pay, request);
  await once.run(pay, request);
  await codeThrown(once.run(pay, { ...request, input: { card: 'other' } }));
  await fixture.admin`update idempotency.record set retained_until = created_at where scope = ${scope}`;
  await createWorker(once, []).runOnce();
  await fixture.admin`update idempotency.record set retained_until = created_at where scope = ${scope}`;
  await createWorker(once, []).runOnce();
  expect(events.map(without)).toEqual([
    ['claimed', { fence: 1 }],
    ['advanced', { fence: 1, phase: 'reserve' }],
    ['waiting', { fence: 1, phase: 'charge', retryAfterMs: 1_000 }],
    ['woken', {}],
    ['taken_over', { fence: 2 }],
    ['unknown', { fence: 2, phase: 'charge', retryAfterMs: 2_000, cause: 'down' }],
    ['parked', {}],
    ['resolved', { fence: 3, phase: 'charge' }],
    ['failed', { fence: 3, cause: expect.objectContaining({ message: 'disk full' }) }],
    ['taken_over', { fence: 4 }],
    ['settled', { phase: 'settle' }],
    ['replayed', {}],
    ['refused', { code: 'IDEMPOTENCY_FINGERPRINT_MISMATCH' }],
    ['expired', {}],
    ['forgotten', {}],
  ]);
  for (const { operation, scope: of, recordId } of events) {
    expect({ operation, of, recordId: recordId.length }).toEqual({ operation: pay.name, of: scope, recordId: 36 });
  }
  expect(JSON.stringify(events)).not.toMatch(/4242|the-key/);
});

test('a holder who has lost the record tells of it, and so does one whose transaction was run again', async () => {
  const { scope, pay, once, events, request } = watched();
  const stopped = gate();
  const goOn = gate();
  const stale = onceOver(driver, {
    at: async (point) => {
      if (point !== 'committing:settle') return;
      stopped.open();
      await goOn.passed;
    },
  });
  const first = stale.once.run(pay, request);
  await stopped.passed;
  await fixture.makeDue(scope);
  await once.run(pay, request);
  goOn.open();
  await first;
  expect(stale.events.map(without).slice(-2)).toEqual([
    ['lease_lost', { fence: 1 }],
    ['replayed', {}],
  ]);
  let undone = 0;
  await once.transaction({ operation: 'order.create', scope, key: 'k', input: null }, async () => {
    if (undone++ === 0) throw Object.assign(new Error('deadlock'), { code: '40P01' });
    return 1;
  });
  expect(events.map(without).slice(-4)).toEqual([
    ['claimed', { fence: 1 }],
    ['retried', { cause: expect.objectContaining({ code: '40P01' }) }],
    ['claimed', { fence: 1 }],
    ['settled', { phase: 'transaction' }],
  ]);
});

test('an answer that is found again is one event, which says for how long it was unknown', async () => {
  const { scope, heard, pay, once, events, request } = watched();
  heard.push(unknown('down', 2_000), unknown('still down', 2_000));
  await once.run(pay, request);
  await fixture.admin`update idempotency.record set advanced_at = advanced_at - interval '90 seconds' where scope = ${scope}`;
  for (let time = 0; time < 2; time++) {
    await fixture.makeDue(scope);
    await once.run(pay, request);
  }
  const told = events.filter(({ name }) => name === 'unknown' || name === 'recovered').map(without);
  expect(told).toEqual([
    ['unknown', { fence: 1, phase: 'charge', retryAfterMs: 2_000, cause: 'down' }],
    ['unknown', { fence: 2, phase: 'charge', retryAfterMs: 2_000, cause: 'still down' }],
    ['recovered', { fence: 3, phase: 'charge', unknownMs: expect.any(Number) }],
  ]);
  const { unknownMs = 0 } = events.find(({ name }) => name === 'recovered') ?? {};
  expect(unknownMs).toBeGreaterThanOrEqual(90_000);
  expect(unknownMs).toBeLessThan(150_000);
});

test('these tests have seen every name that there is', async () => {
  const texts = await Promise.all(
    ['../src/engine.ts', './events.test.ts'].map((path) => readFile(new URL(path, import.meta.url), 'utf8')),
  );
  const [, union = ''] = /interface IdempotencyEvent \{(.*?);/s.exec(texts[0] ?? '') ?? [];
  const names = [...union.matchAll(/\| '([a-z_]+)'/g)].map(([, name]) => name);
  expect(names).toHaveLength(17);
  for (const name of names) expect(texts[1]).toContain(`['${name}', {`);
});

test('an observer that throws breaks nothing', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const { once } = onceOver(driver);
  const worker = createWorker(once, [], {
    onEvent: () => {
      throw new Error('log is full');
    },
  });
  const scope = aScope();
  await once.transaction({ operation: 'order.create', scope, key: 'k', input: null }, async () => 1);
  await fixture.admin`update idempotency.record set retained_until = created_at where scope = ${scope}`;
  expect(await worker.runOnce()).toBe(1);
  await expect.poll(() => warnings.map(({ message }) => message)).toContain('observe threw: Error: log is full');
  process.off('warning', note);
});
