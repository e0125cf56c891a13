// The provider that schedules are played against is held to the one that the shop is tried with: the shop's own client gets
// the same answers from both.
import type { Payments } from '@once/checkout';
import { stripePayments } from '@once/checkout/stripe';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @boundaries-ignore the provider as a process of its own, as the checkout's tests start it
import { type Provider, startProvider } from '../../packages/checkout/test/provider.ts';
import { Losses } from '../schedules/losses.ts';
import { type Card, MemoryProvider } from '../schedules/provider.ts';

interface World {
  readonly payments: Payments;
  token(card: Card): Promise<string>;
  /** The bank says yes after all. */
  settle(intentId: string): Promise<void>;
  /** What was taken for the order, in cents. */
  charged(orderId: string): Promise<number[]>;
}

const INSTRUMENTS: Readonly<Record<Card, string>> = {
  pays: 'pm_card_visa',
  declined: 'pm_card_chargeDeclined',
  processing: 'pm_usBankAccount_processing',
};

let provider: Provider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

function aProcess(): World {
  const payments = stripePayments({ secretKey: 'sk_test_same', apiBase: provider.apiBase });
  return {
    payments,
    token: async (card) => (await payments.testToken(INSTRUMENTS[card])).token,
    settle: (intentId) => provider.control(`/intents/${intentId}/settle`, { result: 'succeed' }),
    charged: async (orderId) => (await provider.charges(orderId)).map(({ amount }) => amount),
  };
}

function inMemory(): World {
  const memory = new MemoryProvider(new Losses());
  return {
    payments: memory.payments(),
    token: async (card) => memory.token(card),
    settle: async () => memory.settleProcessing(),
    charged: async (orderId) => memory.chargesOf(orderId).map(({ amountMinor }) => amountMinor),
  };
}

/** One order at one of the two, and what was heard of it. */
class Play {
  readonly heard: unknown[] = [];
  readonly orderId = uuidv7();
  readonly world: World;
  readonly #signal = AbortSignal.timeout(20_000);
  readonly #names = new Map<unknown, string>([[this.orderId, 'the order']]);

  constructor(world: World) {
    this.world = world;
  }

  async create(key = 'create'): Promise<string> {
    const order = { orderId: this.orderId, amountMinor: 15_200, currency: 'EUR' };
    return (await this.#hear(this.world.payments.create(order, { key: this.#of(key), signal: this.#signal }))).id;
  }

  async confirm(intentId: string, token: string, key: string): Promise<void> {
    const options = { key: this.#of(key), signal: this.#signal, leftMs: () => 5_000 };
    await this.#hear(this.world.payments.confirm({ intentId, token, returnUrl: 'http://localhost/' }, options));
  }

  async retrieve(intentId: string): Promise<void> {
    await this.#hear(this.world.payments.retrieve(intentId, { signal: this.#signal }));
  }

  async cancel(intentId: string): Promise<void> {
    await this.#hear(this.world.payments.cancel(intentId, { signal: this.#signal }));
  }

  async find(): Promise<void> {
    await this.#hear(
      this.world.payments.findByOrder({ id: this.orderId, since: new Date(0) }, { signal: this.#signal }),
    );
  }

  async looksAt(token: string): Promise<void> {
    const seen = await this.world.payments.token(token, { signal: this.#signal });
    this.heard.push(seen === null ? 'no such token' : 'a token');
  }

  async countsCharges(): Promise<void> {
    this.heard.push(await this.world.charged(this.orderId));
  }

  /** The same key for another order is another key. */
  #of = (key: string) => `${this.orderId}.${key}`;

  async #hear<T>(answer: Promise<T>): Promise<T> {
    const value = await answer;
    this.heard.push(structuredClone(this.#named(value)));
    return value;
  }

  /** Ids are each provider's own: what counts is which of them are the same. */
  #named(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    const named = Object.entries(value).map(([name, of]) => {
      if (of === null || !/^(id|.*Id)$/.test(name)) return [name, this.#named(of)];
      const known = this.#names.get(of) ?? `${name} ${this.#names.size}`;
      this.#names.set(of, known);
      return [name, known];
    });
    return Object.fromEntries(named);
  }
}

const PLAYS: readonly (readonly [what: string, play: (play: Play) => Promise<void>])[] = [
  [
    'a payment, asked for again under each of its keys, is one charge',
    async (play) => {
      const token = await play.world.token('pays');
      await play.looksAt(token);
      const intentId = await play.create();
      await play.create();
      await play.confirm(intentId, token, 'confirm');
      await play.confirm(intentId, token, 'confirm');
      await play.retrieve(intentId);
      await play.countsCharges();
    },
  ],
  [
    'what is paid is neither paid again under another key nor cancelled',
    async (play) => {
      const intentId = await play.create();
      await play.confirm(intentId, await play.world.token('pays'), 'first');
      await play.confirm(intentId, await play.world.token('pays'), 'second');
      await play.cancel(intentId);
      await play.countsCharges();
    },
  ],
  [
    'a card that was declined is replayed as such, and another one pays',
    async (play) => {
      const intentId = await play.create();
      const declined = await play.world.token('declined');
      await play.confirm(intentId, declined, 'first');
      await play.confirm(intentId, declined, 'first');
      await play.retrieve(intentId);
      await play.countsCharges();
      await play.confirm(intentId, await play.world.token('pays'), 'second');
      await play.retrieve(intentId);
      await play.countsCharges();
    },
  ],
  [
    'a token works once',
    async (play) => {
      const [one, other] = [await play.create('one'), await play.create('other')];
      const token = await play.world.token('pays');
      await play.confirm(one, token, 'confirm one');
      await play.confirm(other, token, 'confirm other');
      await play.retrieve(other);
      await play.confirm(other, 'ctoken_nobody_made', 'nobody');
      await play.looksAt('ctoken_nobody_made');
      await play.countsCharges();
    },
  ],
  [
    'what is cancelled charges nothing, by whichever key',
    async (play) => {
      const intentId = await play.create();
      await play.cancel(intentId);
      await play.cancel(intentId);
      await play.confirm(intentId, await play.world.token('pays'), 'confirm');
      await play.countsCharges();
    },
  ],
  [
    'what was refused is replayed under its key after it was cancelled, and changes nothing',
    async (play) => {
      const intentId = await play.create();
      const token = await play.world.token('declined');
      await play.confirm(intentId, token, 'confirm');
      await play.cancel(intentId);
      await play.confirm(intentId, token, 'confirm');
      await play.retrieve(intentId);
      await play.countsCharges();
    },
  ],
  [
    'a bank that takes its time is not hurried, and its yes is a charge',
    async (play) => {
      const intentId = await play.create();
      const token = await play.world.token('processing');
      await play.confirm(intentId, token, 'confirm');
      await play.cancel(intentId);
      await play.countsCharges();
      await play.world.settle(intentId);
      await play.retrieve(intentId);
      await play.confirm(intentId, token, 'confirm');
      await play.countsCharges();
    },
  ],
  [
    'an order’s intent is found by the order, once there is one',
    async (play) => {
      await play.find();
      await play.create();
      await play.find();
    },
  ],
];

describe('in memory and as a process', () => {
  it.each(PLAYS)('%s', async (_, play) => {
    const [memory, process] = [new Play(inMemory()), new Play(aProcess())];
    await play(memory);
    await play(process);
    expect(memory.heard).toEqual(process.heard);
  });

  it('an intent that nobody made is no answer', async () => {
    for (const { payments } of [inMemory(), aProcess()]) {
      await expect(payments.retrieve('pi_nobody_made', { signal: AbortSignal.timeout(5_000) })).rejects.toThrow();
    }
  });
});
