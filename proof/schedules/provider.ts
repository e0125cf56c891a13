// The provider as the protocol sees it: intents, idempotency keys that replay, tokens that work once, and a list of what
// was really charged. In memory, so that a schedule costs no network; test/provider.test.ts holds it to apps/provider,
// which holds itself to Stripe.
import type { Intent, Payments } from '@once/checkout';
import { actorHere, gate, hears, note } from './actor.ts';
import { ScheduleError } from './errors.ts';
import type { Losses } from './losses.ts';

/** What the bank says to a confirm. `processing`: yes, later. */
export const CARDS = ['pays', 'declined', 'processing'] as const;
export type Card = (typeof CARDS)[number];

type Confirmed = Awaited<ReturnType<Payments['confirm']>>;
type Status = Intent['status'];

interface Stored extends Omit<Intent, 'status'> {
  status: Status;
  lastError: Intent['lastError'];
  methodId: string | null;
  chargeId: string | null;
}

export interface Charge {
  readonly orderId: string;
  readonly intentId: string;
  readonly amountMinor: number;
}

export class MemoryProvider {
  readonly charges: Charge[] = [];
  readonly #intents = new Map<string, Stored>();
  readonly #answers = new Map<string, unknown>();
  readonly #tokens = new Map<string, { card: Card; used: boolean }>();
  readonly #losses: Losses;

  constructor(losses: Losses) {
    this.#losses = losses;
  }

  /** An account that nothing has happened on. */
  reset(): void {
    this.charges.length = 0;
    for (const kept of [this.#intents, this.#answers, this.#tokens]) kept.clear();
  }

  /** All that it will act on. */
  snapshot(): unknown {
    return [this.charges, ...[this.#intents, this.#answers, this.#tokens].map((kept) => [...kept].sort(byKey))];
  }

  token(card: Card): string {
    const id = `ctoken_${this.#tokens.size + 1}`;
    this.#tokens.set(id, { card, used: false });
    return id;
  }

  chargesOf = (orderId: string): Charge[] => this.charges.filter((charge) => charge.orderId === orderId);

  /** Known before it is made, so that an event about it can be early. */
  intentIdOf = (orderId: string, nth = 1): string => `pi_${orderId}_${nth}`;

  /** The banks that were still at it say yes. */
  settleProcessing(): void {
    for (const intent of this.#intents.values()) if (intent.status === 'processing') this.#charge(intent);
  }

  /** What the shop calls, with a gate before everything that acts or that a decision rests on. */
  payments(): Payments {
    const told = <T>(answer: T): T => {
      hears(actorHere(), answer);
      return answer;
    };
    const unused = async () => {
      throw new ScheduleError('NOT_MODELLED', 'no schedule asks the provider for this');
    };
    return {
      token: async (id) => told(this.#isUsable(id) ? { last4: '4242' } : null),
      create: async (order, { key }) => {
        await gate('provider: create intent');
        return told(this.#once(key, () => this.#create(order)));
      },
      confirm: async ({ intentId, token }, { key, leftMs }) => {
        await gate('provider: confirm');
        if (leftMs() <= 0) throw new Error('the lease ended before the confirm was sent');
        const answer = this.#once(key, () => this.#confirm(intentId, token));
        note(`→ ${answer.kind === 'intent' ? answer.intent.status : answer.kind}`);
        this.#losses.afterConfirm();
        return told(answer);
      },
      retrieve: async (intentId) => {
        await gate('provider: retrieve');
        const intent = this.#read(intentId);
        note(`→ ${intent.status}`);
        return told(intent);
      },
      cancel: async (intentId) => {
        await gate('provider: cancel');
        const intent = this.#known(intentId);
        if (['requires_confirmation', 'requires_action'].includes(intent.status)) intent.status = 'canceled';
        note(`→ ${intent.status}`);
        return told({ ...intent });
      },
      findByOrder: async ({ id }) => {
        await gate('provider: list intents');
        const intentId = this.intentIdOf(id);
        return told(this.#intents.has(intentId) ? this.#read(intentId) : null);
      },
      testToken: async () => ({ token: this.token('pays'), last4: '4242' }),
      testAction: async () => {}, // no card here that a bank asks about
      ...{
        refund: unused,
        findRefund: unused,
        retrieveRefund: unused,
        retrieveDispute: unused,
        has: unused,
        statement: unused,
      },
      listIntents: () => {
        throw new ScheduleError('NOT_MODELLED', 'no schedule restores a database');
      },
      list: () => {
        throw new ScheduleError('NOT_MODELLED', 'no schedule compares ledgers');
      },
    };
  }

  #once<T>(key: string, run: () => T): T {
    if (!this.#answers.has(key)) this.#answers.set(key, run());
    return structuredClone(this.#answers.get(key)) as T;
  }

  #create({ orderId, amountMinor, currency }: { orderId: string; amountMinor: number; currency: string }): Intent {
    let nth = 1;
    while (this.#intents.has(this.intentIdOf(orderId, nth))) nth++;
    const intent: Stored = {
      ...{ id: this.intentIdOf(orderId, nth), orderId, amountMinor, currency, status: 'requires_confirmation' },
      ...{ chargeId: null, redirectUrl: null, lastError: null, methodId: null },
    };
    this.#intents.set(intent.id, intent);
    note(`→ ${intent.id.replace(orderId, '…')}`);
    return { ...intent };
  }

  #confirm(intentId: string, tokenId: string): Confirmed {
    const intent = this.#known(intentId);
    const token = this.#tokens.get(tokenId);
    if (intent.status !== 'requires_confirmation') return { kind: 'intent', intent: { ...intent } };
    if (!token || token.used) return { kind: 'declined', reason: 'token_expired' };
    token.used = true;
    intent.methodId = `pm_${tokenId}`;
    intent.chargeId = `ch_${tokenId}`; // there is one of each try, of those that fail too
    if (token.card === 'declined') {
      intent.lastError = 'card_declined';
      return { kind: 'declined', reason: 'card_declined' };
    }
    if (token.card === 'processing') intent.status = 'processing';
    else this.#charge(intent);
    return { kind: 'intent', intent: { ...intent } };
  }

  #charge(intent: Stored): void {
    intent.status = 'succeeded';
    intent.lastError = null;
    this.charges.push({ orderId: intent.orderId, intentId: intent.id, amountMinor: intent.amountMinor });
    note(`€ charged ${intent.amountMinor}`);
  }

  #isUsable(tokenId: string): boolean {
    return this.#tokens.get(tokenId)?.used === false;
  }

  #known(intentId: string): Stored {
    const intent = this.#intents.get(intentId);
    if (!intent) throw new Error(`no such intent: ${intentId}`);
    return intent;
  }

  #read = (intentId: string): Intent => ({ ...this.#known(intentId) });
}

const byKey = ([a]: [string, unknown], [b]: [string, unknown]): number => (a < b ? -1 : 1);
