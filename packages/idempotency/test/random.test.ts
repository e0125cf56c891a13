// Anything in any order, at once, and then what must hold. A failure prints the seed and the shortest plan that fails.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answer, absent, answered, unknown, waiting } from '../src/index.ts';
import { createWorker } from '../src/worker.ts';
import { eventually, openFixture } from './fixture.ts';
import { aPayment } from './payment.ts';

const fixture = await openFixture();
const driver = fixture.driver();

const actions = ['run', 'run', 'run with another input', 'resume', 'work', 'lapse', 'wake', 'park', 'resolve'] as const;
const faults = ['none', 'lost before', 'lost after', 'declined', 'waiting', 'unknown', 'absent', 'overtaken'] as const;
type Shop = ReturnType<typeof aPayment>;

/** What the provider does with its next request: it keeps the charge or not, and answers or not. */
function plan(shop: Shop, fault: (typeof faults)[number], late: Promise<unknown>[]): void {
  const { provider } = shop;
  const says: Record<typeof fault, (key: string) => Answer | Promise<Answer>> = {
    none: (key) => provider.execute(key),
    'lost before': () => unknown('lost'),
    'lost after': (key) => unknown(provider.execute(key)),
    declined: (key) => provider.refuse(key),
    waiting: () => waiting({ step: 'bank' }, 60_000),
    unknown: () => unknown('503', 60_000),
    absent: () => absent,
    // The holder stands at the call while its lease lapses and another goes on.
    overtaken: async (key) => {
      const fence = (await fixture.record(shop.scope))?.['fence'];
      await fixture.makeDue(shop.scope);
      late.push(act(shop, 'resume').catch(() => undefined));
      await eventually(async () => {
        const now = await fixture.record(shop.scope);
        return now?.['fence'] !== fence || now?.['state'] !== 0; // parked meanwhile: nobody overtakes
      });
      return provider.execute(key);
    },
  };
  provider.plan.push(({ key }) => says[fault](key));
}

/** Another request under the same key, which the same record would do: whichever comes first, the other is refused. */
const otherInput = ({ scope }: Shop) => ({ scope, other: true });

async function act(shop: Shop, action: (typeof actions)[number]): Promise<unknown> {
  const { once } = shop.process({ waitMs: 50 });
  switch (action) {
    case 'run':
      return await once.run(shop.pay, shop.request);
    case 'run with another input':
      return await once.run(shop.pay, { ...shop.request, input: otherInput(shop) });
    case 'resume':
      return await once.resume(shop.pay, { ...shop.request, waitMs: 50 });
    case 'work':
      return await createWorker(once, [shop.pay]).runOnce();
    case 'lapse':
      return await fixture.makeDue(shop.scope);
    case 'wake':
      return await once.wake(shop.pay, shop.request);
    case 'park':
      return await once.park(shop.pay, shop.request);
    case 'resolve': {
      const [key] = shop.provider.charged.keys(); // an operator looks before he decides
      return key === undefined
        ? undefined
        : await once.resolve(shop.pay, shop.request, answered({ id: shop.provider.keep(key) }));
    }
  }
}

const refusals = /^IDEMPOTENCY_(IN_FLIGHT|FINGERPRINT_MISMATCH|LEASE_LOST|NOT_RESOLVABLE)$/;
const rounds = fc.array(fc.array(fc.constantFrom(...actions), { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 6,
});

test('whatever callers, workers, operators and the provider do, there is one outcome and at most one charge', async () => {
  const property = fc.asyncProperty(
    rounds,
    fc.array(fc.constantFrom(...faults), { maxLength: 6 }),
    async (plans, planned) => {
      const shop = aPayment(driver);
      const late: Promise<unknown>[] = [];
      for (const fault of planned) plan(shop, fault, late);
      const settled: string[] = [];
      const note = (answer: unknown) => {
        const { status, value, reason } = (answer ?? {}) as Record<string, unknown>;
        if (status === 'succeeded' || status === 'rejected') settled.push(JSON.stringify([status, value, reason]));
      };
      for (const together of plans) {
        for (const result of await Promise.allSettled(together.map((action) => act(shop, action)))) {
          if (result.status === 'fulfilled') note(result.value);
          else expect(result.reason).toMatchObject({ code: expect.stringMatching(refusals) });
        }
      }
      for (const answer of await Promise.all(late)) note(answer);
      // Everybody comes back until it is done.
      for (let turn = 0; turn < 12; turn++) {
        await act(shop, 'wake');
        await act(shop, 'lapse');
        note(await act(shop, 'resume').catch(() => undefined));
      }
      const ran = (await fixture.record(shop.scope)) !== undefined;
      if (ran)
        expect(await fixture.record(shop.scope)).toMatchObject({ state: expect.toSatisfy((s) => s === 2 || s === 3) });
      expect(new Set(settled).size).toBe(ran ? 1 : 0);
      expect(await fixture.written(shop.scope)).toEqual(ran ? ['reserve', 'settle'] : []);
      expect(shop.provider.charged.size).toBeLessThanOrEqual(1);
      if (settled[0]?.startsWith('["succeeded"')) expect(shop.provider.charged.size).toBe(1);
      else expect(shop.provider.charged.size).toBe(0);
      expect(new Set(shop.provider.requests.map((request) => request.split(' ')[1])).size).toBeLessThanOrEqual(1);
    },
  );
  await fc.assert(property, { numRuns: 40, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false });
}, 60_000);
