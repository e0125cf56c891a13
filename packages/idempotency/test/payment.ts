// A workflow with two calls and a provider that keeps what it was sent, as the tests of calls need it.
import { z } from 'zod';
import {
  type Answer,
  absent,
  answered,
  type CallContext,
  declined,
  reject,
  type unknown,
  workflow,
} from '../src/index.ts';
import { aScope, type Driver, type Fixture, gate, onceOver, type PostgresTx } from './fixture.ts';

/** Remembers by key, as a payment provider does: the same key is one charge. Answers can be lost or planned. */
export class Provider {
  readonly requests: string[] = [];
  readonly charged = new Map<string, number>();
  readonly refused = new Set<string>();
  /** What the next sends do instead of answering. */
  readonly plan: ((call: CallContext) => Promise<Answer> | Answer)[] = [];
  readonly lookups: ((call: CallContext) => Promise<Answer> | Answer)[] = [];

  async charge(call: CallContext): Promise<Answer> {
    this.requests.push(`send ${call.key}`);
    const planned = this.plan.shift();
    if (planned) return await planned(call);
    return this.execute(call.key);
  }
  /** One answer per key, for ever: a request that comes late finds the first one's. */
  execute(key: string): Answer {
    return this.refused.has(key) ? declined('card_declined') : answered({ id: this.keep(key) });
  }
  refuse(key: string): Answer {
    if (!this.charged.has(key)) this.refused.add(key);
    return this.execute(key);
  }
  keep(key: string): number {
    const id = this.charged.get(key) ?? this.charged.size + 1;
    this.charged.set(key, id);
    return id;
  }
  async find(call: CallContext): Promise<Answer> {
    this.requests.push(`lookup ${call.key}`);
    const planned = this.lookups.shift();
    if (planned) return await planned(call);
    const id = this.charged.get(call.key);
    return id === undefined ? absent : answered({ id });
  }
  kinds(): string[] {
    return this.requests.map((request) => request.split(' ')[0] ?? '');
  }
}

export interface Shop {
  readonly tx: PostgresTx;
  readonly services: { readonly provider: Provider };
}

interface Options {
  readonly lookup?: boolean;
  readonly resendWithinMs?: number;
  readonly cancel?: (call: CallContext<Shop['services']>) => Promise<Answer>;
}

/** reserve ─▶ charge ─▶ settle, writing one note per phase. */
export const payment = (driver: Driver<PostgresTx>, { lookup = true, resendWithinMs, cancel }: Options = {}) =>
  workflow<Shop>('order.pay')
    .input(z.object({ scope: z.string() }))
    .transaction('reserve', async (tx, { input: { scope } }) => {
      await driver.write(tx, scope, 'reserve');
      return { scope };
    })
    .call('charge', {
      send: async (call) => (await call.services.provider.charge(call)) as Charged,
      ...(lookup && { lookup: async (call) => (await call.services.provider.find(call)) as Charged }),
      ...(resendWithinMs !== undefined && { resendWithinMs }),
      ...(cancel && { cancel: async (call) => (await cancel(call)) as Charged }),
    })
    .transaction('settle', async (tx, { reserve, charge }) => {
      await driver.write(tx, reserve.scope, 'settle');
      return charge.status === 'answered' ? { charge: charge.value.id } : reject(charge.reason);
    });

type Charged =
  | { readonly status: 'answered'; readonly value: { readonly id: number } }
  | { readonly status: 'declined'; readonly reason: string }
  | { readonly status: 'waiting'; readonly details: { readonly step: string }; readonly retryAfterMs: number }
  | ReturnType<typeof unknown>
  | typeof absent;

/** A shop of its own per test: scope, provider, and as many processes as wanted. */
export function aPayment(driver: Driver<PostgresTx>, options: Options = {}) {
  const scope = aScope();
  const provider = new Provider();
  const pay = payment(driver, options);
  const request = { scope, key: 'k', input: { scope } };
  return {
    scope,
    provider,
    pay,
    request,
    process: (more: Parameters<typeof onceOver<PostgresTx, Shop['services']>>[1] = {}, over = driver) =>
      onceOver<PostgresTx, Shop['services']>(over, { services: { provider }, ...more }),
  };
}

/** A first holder that dies before it hears the provider; whether the provider has heard it is up to the plan. */
export async function diedWhileCalling(fixture: Fixture, driver: Driver<PostgresTx>, options: Options = {}) {
  const shop = aPayment(driver, options);
  const asked = gate();
  shop.provider.plan.push(async ({ key }) => {
    shop.provider.keep(key);
    asked.open();
    return await new Promise<never>(() => {});
  });
  void shop.process().once.run(shop.pay, shop.request);
  await asked.passed;
  await fixture.makeDue(shop.scope);
  return { ...shop, next: shop.process().once };
}
