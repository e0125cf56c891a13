// Encryption: what the table holds, who can read it, and that nothing else changes.
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answered, createOnce, type Encryption, reject, unknown, waiting, workflow } from '../src/index.ts';
import { crashAt } from '../src/testing.ts';
import { createWorker } from '../src/worker.ts';
import { aScope, codeThrown, onceOver, openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const { admin } = fixture;
type Plain = { tx: PostgresTx; services: object };
const operation = 'order.create';
const secret = 'PII-4242';

const k1 = randomBytes(32);
const k2 = randomBytes(32);
const ring = (current: string, keys: Encryption['keys']) => ({ encryption: { current, keys } });
const under1 = () => onceOver(driver, ring('k1', { k1 })).once;
const rotated = () => onceOver(driver, ring('k2', { k1, k2 })).once;
const under2 = () => onceOver(driver, ring('k2', { k2 })).once;
const turnedOn = () => onceOver(driver, { encryption: { current: 'k1', keys: { k1 }, acceptPlain: true } }).once;
const plain = () => onceOver(driver).once;

const pay = (
  name: string,
  heard: () => ReturnType<typeof answered<string>> | ReturnType<typeof unknown> = () => answered(secret),
) =>
  workflow<Plain>(name)
    .input({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: value as { card: string } }) } })
    .transaction('reserve', async (_tx, { input }) => ({ note: `for ${input.card}` }))
    .call('charge', { send: async () => heard() })
    .transaction('settle', async (tx, { reserve }) => {
      await driver.write(tx, name, reserve.note);
      return { receipt: secret };
    });

/** Everything that the database holds of a scope, as one text. */
const stored = async (scope: string) =>
  JSON.stringify(await admin`select * from idempotency.record where scope = ${scope}`);

describe('what is stored', () => {
  test('holds no input, progress, details or outcome in clear, at any point of a run', async () => {
    const scope = aScope();
    const work = pay(`sealed.${scope}`, () => unknown('down', 0));
    const request = { scope, key: 'k', input: { card: secret } };
    await under1().run(work, request);
    expect(await fixture.record(scope)).toMatchObject({
      state: 1,
      input: expect.stringMatching(/^sealed\.k1\./),
      progress: expect.stringMatching(/^sealed\.k1\./),
    });
    expect(await stored(scope)).not.toContain(secret);
    const bank = workflow<Plain>(`bank.${scope}`)
      .transaction('reserve', async () => 1)
      .call('charge', { send: async () => waiting({ step: secret }, 60_000) })
      .transaction('settle', async () => 1);
    const held = { scope: `${scope} bank`, key: 'k', input: null };
    const first = await under1().run(bank, held);
    expect(first).toMatchObject({ status: 'waiting', details: { step: secret } });
    expect(await under1().run(bank, held)).toMatchObject({ status: 'waiting', details: { step: secret } });
    expect(await stored(held.scope)).not.toContain(secret);
    expect(await fixture.record(held.scope)).toMatchObject({ outcome: expect.stringMatching(/^sealed\.k1\./) });
  });

  test.each([true, false])('an outcome is sealed and replayed, byte for byte (a yes: %s)', async (yes) => {
    const scope = aScope();
    const request = { operation, scope, key: 'k', input: { card: secret } };
    const run = () =>
      under1().transaction(request, async () => (yes ? { receipt: secret, empty: '' } : reject({ why: secret })));
    const first = await run();
    expect(first.replayed).toBe(false);
    expect(await run()).toEqual({ ...first, replayed: true });
    expect(await stored(scope)).not.toContain(secret);
    const nothing = { operation, scope: `${scope} nothing`, key: 'k', input: null };
    await under1().transaction(nothing, async () => {});
    expect(await under1().transaction(nothing, async () => {})).toMatchObject({ value: undefined, replayed: true });
  });

  test('the same input has another fingerprint under another secret, and none that a guess could find', async () => {
    const scope = aScope();
    const fingerprints: string[] = [];
    for (const once of [plain(), under1(), under2()]) {
      await admin`delete from idempotency.record where scope = ${scope}`;
      await once.transaction({ operation, scope, key: 'k', input: { card: secret } }, async () => 1);
      const record = await fixture.record(scope);
      fingerprints.push((record?.['fingerprint'] as Buffer | undefined)?.toString('hex') ?? '');
    }
    const [guess = '', ...sealed] = fingerprints;
    expect(guess).toMatch(/^[0-9a-f]{64}$/); // whoever knows the request computes it
    expect(sealed).toEqual([1, 2].map(() => expect.stringMatching(/^[0-9a-f]{72}$/)));
    expect(sealed.filter((one) => one.includes(guess))).toEqual([]);
    const named = sealed.map((one) => one.slice(0, 8)); // they name their keys
    const rest = sealed.map((one) => one.slice(8));
    expect([new Set(named).size, new Set(rest).size]).toEqual([2, 2]);
  });

  test('find shows it to those who hold the key, as redact leaves it; events never do', async () => {
    const scope = aScope();
    const work = pay(`found.${scope}`, () => unknown('down', 60_000));
    const request = { scope, key: 'k', input: { card: secret } };
    await under1().run(work, request);
    expect(await under1().find(work, request)).toMatchObject({
      input: { card: secret },
      progress: { reserve: { note: `for ${secret}` } },
      outcome: undefined,
    });
    const { once, events } = onceOver(driver, {
      ...ring('k1', { k1 }),
      redact: (value, { operation: of, field }) => (field === 'input' ? { of, card: '…' } : value && '…'),
    });
    expect(await once.find(work, request)).toMatchObject({ input: { of: work.name, card: '…' }, progress: '…' });
    await fixture.makeDue(scope);
    await once.run(work, request);
    expect(JSON.stringify(events)).not.toMatch(/4242|"k"/);
  });
});

describe('keys', () => {
  const request = () => ({ operation, scope: aScope(), key: 'k', input: { card: secret } });
  const never = async (): Promise<string> => {
    throw new Error('it must not run');
  };

  test('a retry across a rotation is the same request, in both directions of a deploy', async () => {
    for (const [before, after] of [
      [under1(), rotated()],
      [onceOver(driver, ring('k1', { k1, k2 })).once, rotated()],
      [rotated(), onceOver(driver, ring('k1', { k1, k2 })).once],
      [plain(), turnedOn()],
    ] as const) {
      const asked = request();
      await before.transaction(asked, async () => secret);
      const stays = await fixture.record(asked.scope);
      expect(await after.transaction(asked, never)).toMatchObject({ value: secret, replayed: true });
      const other = { ...asked, input: { card: 'other' } };
      expect(await codeThrown(after.transaction(other, never))).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
      expect(await fixture.record(asked.scope)).toEqual(stays);
    }
  });

  test('a record that was begun before a rotation is finished after it, under the key that it was born with', async () => {
    const scope = aScope();
    const work = pay(`rotation.${scope}`);
    const crash = crashAt('committed:reserve');
    void onceOver(driver, { ...ring('k1', { k1 }), at: crash.at }).once.run(work, {
      scope,
      key: 'k',
      input: { card: secret },
    });
    await crash.reached;
    await fixture.makeDue(scope);
    expect(await createWorker(rotated(), [work]).runOnce()).toBe(1);
    expect(await fixture.record(scope)).toMatchObject({ state: 2, outcome: expect.stringMatching(/^sealed\.k1\./) });
    expect(await fixture.written(work.name)).toEqual([`for ${secret}`]);
    expect(await rotated().run(work, { scope, key: 'k', input: { card: secret } })).toMatchObject({ replayed: true });
  });

  test('a plain record where none is expected is refused: whoever can write to the table cannot make one up', async () => {
    const scope = aScope();
    const work = pay(`plain.${scope}`, () => unknown('down', 0));
    const asked = { scope, key: 'k', input: { card: secret } };
    await plain().run(work, asked);
    const settled = request();
    await plain().transaction(settled, async () => 'forged');
    const before = [await fixture.record(scope), await fixture.record(settled.scope)];
    expect(await codeThrown(under1().run(work, asked))).toBe('IDEMPOTENCY_UNREADABLE');
    expect(await codeThrown(under1().transaction(settled, never))).toBe('IDEMPOTENCY_UNREADABLE');
    expect(await createWorker(under1(), [work]).runOnce()).toBe(0);
    expect([await fixture.record(scope), await fixture.record(settled.scope)]).toEqual(before);
    expect(await createWorker(turnedOn(), [work], { batch: 2 }).runOnce({ budgetMs: 1_000 })).toBeGreaterThan(0);
    expect(await fixture.record(scope)).toMatchObject({ input: expect.stringMatching(/^\{/) }); // as it was born
  });

  test.each([
    ['that key is missing', under2],
    ['another key has its id', () => onceOver(driver, ring('k1', { k1: k2 })).once],
    ['there is no encryption', plain],
  ])('where %s, everybody is refused and the record is untouched', async (_name, stranger) => {
    const scope = aScope();
    const work = pay(`stranger.${scope}`, () => unknown('down', 0));
    const asked = { scope, key: 'k', input: { card: secret } };
    await under1().run(work, asked);
    const settled = request();
    await under1().transaction(settled, async () => secret);
    const before = [await fixture.record(scope), await fixture.record(settled.scope)];
    const once = stranger();
    const refused = await once.run(work, asked).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'IDEMPOTENCY_UNREADABLE', facts: { retryAfterMs: 5_000, scope } });
    const codes = [
      once.resume(work, asked),
      once.resolve(work, asked, answered(1)),
      once.find(work, asked),
      once.run(work, { ...asked, input: { card: 'other' } }),
      once.transaction(settled, never),
      once.transaction({ ...settled, rerunExpired: true, replayHint: true }, never),
      driver.database.transaction(async (tx) => await once.within(tx).transaction(settled, never)),
    ].map(codeThrown);
    expect(new Set(await Promise.all(codes))).toEqual(new Set(['IDEMPOTENCY_UNREADABLE']));
    expect(await createWorker(once, [work]).runOnce()).toBe(0);
    expect([await fixture.record(scope), await fixture.record(settled.scope)]).toEqual(before);
  });

  test('a worker that lacks a key finishes what comes behind such records, and reports what nobody finishes', async () => {
    const scope = aScope();
    const work = pay(`starved.${scope}`, () => unknown('down', 60_000));
    for (const key of ['a', 'b', 'c']) await under1().run(work, { scope, key, input: { card: secret } });
    await admin`update idempotency.record set created_at = created_at - interval '1 day',
      due_at = due_at - interval '10 minutes' where scope = ${scope}`;
    const mine = `${scope} mine`;
    await under2().run(work, { scope: mine, key: 'k', input: { card: secret } });
    await fixture.makeDue(mine);
    const errors: unknown[] = [];
    const { once, names } = onceOver(driver, ring('k2', { k2 }));
    expect(await createWorker(once, [work], { batch: 1, onError: (error) => errors.push(error) }).runOnce()).toBe(1);
    expect(names()).toContain('unknown');
    expect(errors).toMatchObject([{ code: 'IDEMPOTENCY_VERSION_UNKNOWN', facts: { operation: work.name } }]);
    expect(String(errors[0])).toContain(`${work.name}@1`);
  });

  test('the key of a tombstone may be missing: it is refused as unreadable, never as another input, and never run', async () => {
    const asked = request();
    await under1().transaction(asked, async () => 1);
    await admin`update idempotency.record set state = 5, outcome = null where scope = ${asked.scope}`;
    expect(await codeThrown(under2().transaction({ ...asked, rerunExpired: true }, never))).toBe(
      'IDEMPOTENCY_UNREADABLE',
    );
    expect(await codeThrown(rotated().transaction(asked, never))).toBe('IDEMPOTENCY_KEY_EXPIRED');
    const again = await rotated().transaction({ ...asked, rerunExpired: true }, async () => secret);
    expect(again).toMatchObject({ value: secret, replayed: false });
    expect(await fixture.record(asked.scope)).toMatchObject({ outcome: expect.stringMatching(/^sealed\.k2\./) });
  });

  test.each([
    [{ current: 'k2', keys: { k1 } }, 'names none'],
    [{ current: 'k1', keys: { k1: k1.subarray(1) } }, '32 bytes'],
    [{ current: 'k.1', keys: { 'k.1': k1 } }, 'the id of a key'],
    [{ current: 'k1', keys: { k1: 'x'.repeat(32) as unknown as Uint8Array } }, '32 bytes'],
  ])('a ring that cannot be used is refused at construction, without its secrets (%#)', (encryption, message) => {
    expect(() => createOnce({ database: driver.database, encryption })).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID', message: expect.stringContaining(message) }),
    );
  });
});

describe('a text that was moved or altered does not open', () => {
  /** Two settled records of the same key, scope by scope. */
  async function two() {
    const scopes = [aScope(), aScope()] as const;
    for (const scope of scopes) {
      await under1().transaction({ operation, scope, key: 'k', input: {} }, async () => ({ of: scope }));
    }
    const replay = () =>
      under1().transaction({ operation, scope: scopes[0], key: 'k', input: {} }, async () => ({ of: '' }));
    return { scopes, replay };
  }

  test.each([
    ['another record’s outcome', (_own: string, other: string) => [other, 2]],
    ['its no shown as a yes', (own: string) => [own, 3]],
    ['one bit of the text', (own: string) => [`${own.slice(0, 60)}${own[60] === 'A' ? 'B' : 'A'}${own.slice(61)}`, 2]],
    ['a plain text in its place', () => ['{"of":"attacker"}', 2]],
    ['nothing in its place', () => [null, 2]],
    ['a cut text', (own: string) => [own.slice(0, 20), 2]],
    ['an unknown key id', (own: string) => [own.replace('.k1.', '.k9.'), 2]],
  ] as [string, (own: string, other: string) => [string | null, number]][])('%s', async (_name, altered) => {
    const { scopes, replay } = await two();
    const [own, other] = await Promise.all(
      scopes.map(async (scope) => String((await fixture.record(scope))?.['outcome'])),
    );
    const [text, state] = altered(own ?? '', other ?? '');
    await admin`update idempotency.record set outcome = ${text}, state = ${state} where scope = ${scopes[0]}`;
    const before = await fixture.record(scopes[0]);
    expect(await codeThrown(replay())).toBe('IDEMPOTENCY_UNREADABLE');
    expect(await fixture.record(scopes[0])).toEqual(before);
  });

  test('the progress of another record stops a takeover: nothing is executed, and it is counted until it is parked', async () => {
    const scopes = [aScope(), aScope()] as const;
    const work = pay(`moved.${scopes[0]}`, () => unknown('down', 0));
    for (const scope of scopes) await under1().run(work, { scope, key: 'k', input: { card: secret } });
    const other = (await fixture.record(scopes[1]))?.['progress'] as string;
    await admin`update idempotency.record set progress = ${other} where scope = ${scopes[0]}`;
    const { once, names } = onceOver(driver, { ...ring('k1', { k1 }), maxTries: 2 });
    const codes: unknown[] = [];
    for (let turn = 0; turn < 2; turn++) {
      await fixture.makeDue(scopes[0]);
      codes.push(await codeThrown(once.run(work, { scope: scopes[0], key: 'k', input: { card: secret } })));
    }
    expect(codes).toEqual(['IDEMPOTENCY_UNREADABLE', 'IDEMPOTENCY_UNREADABLE']);
    await fixture.makeDue(scopes[0]);
    await codeThrown(once.run(work, { scope: scopes[0], key: 'k', input: { card: secret } }));
    expect(await fixture.record(scopes[0])).toMatchObject({ state: 4 });
    expect(names()).toContain('parked');
  });
});
