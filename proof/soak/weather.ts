import type { Control } from './control.ts';
import type { Call } from './fault-kinds.ts';
import type { Plan, PlannedFault } from './plan.ts';

/** Faults of orders before the last so many are taken away: their shoppers are gone, and every request is held against each. */
const KEPT_ORDERS = 150;

/** Arms what a plan says will go wrong with its order, and counts what was armed. */
export class Weather {
  readonly armed = new Map<string, number>();
  readonly #control: Control;
  readonly #account: string;
  readonly #standing: string[][] = [];

  constructor(control: Control, account: string) {
    this.#control = control;
    this.#account = account;
  }

  /** Everything that strikes the calls of this order, once it has an id. */
  async begins(orderId: string, { faults }: Plan): Promise<void> {
    const ids: string[] = [];
    for (const fault of faults) {
      if (fault.call === 'token') continue;
      const whose = OF_NO_ORDER.has(fault.call) ? {} : { order_id: orderId };
      ids.push(await this.#arm(fault, { ...whose, ...REQUESTS[fault.call] }));
    }
    this.#standing.push(ids);
    if (this.#standing.length > KEPT_ORDERS) await this.#remove(this.#standing.shift() ?? []);
  }

  /** A confirmation token is of no order, and is read right after it was made. */
  async readsToken(token: string, { faults }: Plan): Promise<void> {
    for (const fault of faults) {
      if (fault.call === 'token') await this.#arm(fault, { path: `/v1/confirmation_tokens/${token}`, method: 'GET' });
    }
  }

  /** Nothing goes wrong any more, and what was held back goes out. */
  async clears(): Promise<void> {
    for (const ids of this.#standing.splice(0)) await this.#remove(ids);
    await this.#control.tryTo('/deliveries/release', { account: this.#account });
  }

  async #arm({ kind, nth }: PlannedFault, match: object): Promise<string> {
    const { name, options, times = 1 } = kind;
    const rule = { match: { account: this.#account, ...match, nth }, action: { name, ...options }, times };
    const made = await this.#control.tryTo<{ id: string }>('/faults', rule);
    this.armed.set(name, (this.armed.get(name) ?? 0) + 1);
    return made?.id ?? '';
  }

  async #remove(ids: readonly string[]): Promise<void> {
    for (const id of ids) await this.#control.tryTo(`/faults/${id}`, undefined, 'DELETE');
  }
}

/** They strike whoever comes next. */
const OF_NO_ORDER: ReadonlySet<Call> = new Set(['test_token', 'list']);

const REQUESTS: Readonly<Record<Call, object>> = {
  test_token: { method: 'POST', path: '/v1/test_helpers/confirmation_tokens' },
  token: {},
  create: { method: 'POST', path: '/v1/payment_intents' },
  confirm: { method: 'POST', path: '/v1/payment_intents/*/confirm' },
  retrieve: { method: 'GET', path: '/v1/payment_intents/*' },
  list: { method: 'GET', path: '/v1/payment_intents' },
  cancel: { method: 'POST', path: '/v1/payment_intents/*/cancel' },
  refund: { method: 'POST', path: '/v1/refunds' },
  event: { event: '*' },
};
