// The harness for applications finds what is broken, and says at which mishap. The operations here are theirs, not ours.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { absent, answered, type CallContext, createOnce, workflow } from '../src/index.ts';
import { crashPoints, everyCrash, type MishapError } from '../src/testing.ts';
import { openFixture, type PostgresTx } from './fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();

/** Charges once per key, as a provider does, and remembers what was asked for which scope. */
class Charges {
  readonly byKey = new Map<string, string>();
  charge(key: string, scope: string) {
    this.byKey.set(key, scope);
    return answered({ key });
  }
  of = (scope: string) => [...this.byKey.values()].filter((other) => other === scope).length;
}
interface App {
  readonly tx: PostgresTx;
  readonly services: { readonly charges: Charges };
}
type Ask = (call: CallContext<App['services']>, scope: string) => ReturnType<Charges['charge']>;

/** reserve ─▶ charge ─▶ settle */
function order(send: Ask, { mail = (_scope: string) => {} } = {}) {
  return workflow<App>('order.pay')
    .transaction('reserve', async (tx) => {
      const [row] = await tx`select scope from idempotency.record where xmin::text = pg_current_xact_id()::text`;
      const scope = String(row?.['scope']);
      await driver.write(tx, scope, 'reserve');
      return { scope };
    })
    .call('charge', { send: async (call, { reserve }) => send(call, reserve.scope) })
    .transaction('settle', async (tx, { reserve, charge }) => {
      await driver.write(tx, reserve.scope, 'settle');
      mail(reserve.scope);
      return { charged: charge.value.key };
    });
}

function trialOf(pay: ReturnType<typeof order>, charges = new Charges()) {
  return {
    once: (at: (point: string) => Promise<void>) =>
      createOnce({ database: driver.database, services: { charges }, at }),
    points: crashPoints(pay),
    run: (once: ReturnType<typeof createOnce<PostgresTx, App['services']>>, scope: string) =>
      once.run(pay, { scope, key: 'k', input: null }),
    check: async ({ scope }: { readonly scope: string }) => {
      expect(await fixture.written(scope)).toEqual(['reserve', 'settle']);
      expect(charges.of(scope)).toBe(1);
    },
  };
}

const mishapsOf = async (trial: Promise<unknown>): Promise<readonly string[]> =>
  (await trial.then(
    () => [],
    (error: MishapError) => error.mishaps,
  )) as readonly string[];

test('an operation as it should be survives every mishap', async () => {
  const pay = order(({ key, services }, scope) => services.charges.charge(key, scope));
  expect(await everyCrash(trialOf(pay))).toEqual([
    'nothing',
    'killed at claimed',
    'killed at committing:reserve',
    'killed at committed:reserve',
    'killed at sending:charge',
    'killed at answered:charge',
    'killed at committing:settle',
    'killed at committed:settle',
    'overtaken at answered:charge',
    'raced',
  ]);
});

test('a lookup instead of the provider’s memory of keys survives every kill', async () => {
  const charges = new Charges();
  const pay = workflow<App>('order.look')
    .transaction('reserve', async () => {})
    .call('charge', {
      send: async ({ key, services, fence }) => {
        services.charges.charge(`${key} ${fence}`, key);
        return answered({ key });
      },
      lookup: async ({ key, services }) => (services.charges.of(key) > 0 ? answered({ key }) : absent),
    })
    .transaction('settle', async (_tx, { charge }) => charge.value);
  const survived = await everyCrash({
    once: (at) => createOnce({ database: driver.database, services: { charges }, at }),
    points: crashPoints(pay),
    run: (once, scope) => once.run(pay, { scope, key: 'k', input: null }),
    check: ({ outcome }) => expect(outcome.status === 'succeeded' && charges.of(outcome.value.key)).toBe(1),
  });
  expect(survived).toHaveLength(10);
});

describe('what is broken is found', () => {
  test('a provider key that is another one in every try', async () => {
    const pay = order(({ services }, scope) => services.charges.charge(randomUUID(), scope));
    const broken = everyCrash(trialOf(pay));
    expect(await mishapsOf(broken)).toEqual([
      'killed at answered:charge',
      'killed at committing:settle',
      'overtaken at answered:charge',
    ]);
    await expect(broken).rejects.toThrow('killed at answered:charge: expected 2 to be 1');
  });

  test('an effect inside a transaction, which runs again', async () => {
    const mails: string[] = [];
    const charges = new Charges();
    const pay = order(({ key }, scope) => charges.charge(key, scope), { mail: (scope) => void mails.push(scope) });
    const { check, ...trial } = trialOf(pay, charges);
    const broken = everyCrash({
      ...trial,
      check: async (after) => {
        await check(after);
        expect(mails.filter((scope) => scope === after.scope)).toHaveLength(1);
      },
    });
    expect(await mishapsOf(broken)).toEqual(['killed at committing:settle', 'overtaken at answered:charge']);
  });

  test('an operation that is claimed under another key by every process', async () => {
    const pay = order(({ key, services }, scope) => services.charges.charge(key, scope));
    const run: ReturnType<typeof trialOf>['run'] = (once, scope) =>
      once.run(pay, { scope, key: randomUUID(), input: null });
    expect(await mishapsOf(everyCrash({ ...trialOf(pay), run }))).toEqual(['nothing']);
  });

  test('a trial whose processes never come to the points', async () => {
    const pay = order(({ key, services }, scope) => services.charges.charge(key, scope));
    const { once, ...trial } = trialOf(pay);
    const deaf = everyCrash({ ...trial, once: () => once(async () => {}) });
    expect(await mishapsOf(deaf)).toEqual([
      ...crashPoints(pay).map((point) => `killed at ${point}`),
      'overtaken at answered:charge',
    ]);
    await expect(deaf).rejects.toThrow('it never came to claimed');
  });
});

/** @param outside writes on a connection of its own, which no rollback undoes. */
const transactions = (outside: boolean) =>
  everyCrash({
    once: (at) => createOnce({ database: driver.database, at }),
    points: crashPoints(),
    run: (once, scope) =>
      once.transaction({ operation: 'order.create', scope, key: 'k', input: null }, async (tx) => {
        if (outside) await driver.sql`insert into written (scope, note) values (${scope}, 'order')`;
        else await driver.write(tx, scope, 'order');
        return { by: randomUUID() };
      }),
    check: async ({ scope }) => expect(await fixture.written(scope)).toEqual(['order']),
  });

test('a transaction is an operation too', async () => {
  const killed = crashPoints().map((point) => `killed at ${point}`);
  expect(await transactions(false)).toEqual(['nothing', ...killed, 'raced']);
  expect(await mishapsOf(transactions(true))).toEqual(['killed at committing:transaction']);
});
