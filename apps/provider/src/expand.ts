// `expand`: puts whole objects in the place of their ids, at any depth, also in lists (`data.latest_charge`).
import type { Call } from './call.ts';
import { invalidRequest } from './errors.ts';

/** What may stand in the place of an id; `null`: the member exists, and is always null here. */
const EXPANDABLE: Readonly<Record<string, Readonly<Record<string, string | null>>>> = {
  payment_intent: {
    customer: 'customer',
    latest_charge: 'charge',
    payment_method: 'payment_method',
    review: null,
    application: null,
    source: null,
  },
  charge: {
    customer: 'customer',
    payment_intent: 'payment_intent',
    balance_transaction: 'balance_transaction',
    failure_balance_transaction: null,
    refunds: 'refund',
    review: null,
  },
  refund: {
    balance_transaction: 'balance_transaction',
    charge: 'charge',
    failure_balance_transaction: 'balance_transaction',
    payment_intent: 'payment_intent',
    payment_method: 'payment_method',
    source_transfer_reversal: null,
    transfer_reversal: null,
  },
  dispute: { charge: 'charge', payment_intent: 'payment_intent' },
  // Of any type; what can be expanded in it is what a charge has.
  balance_transaction: { source: 'charge' },
  payment_method: { customer: 'customer' },
  customer: { default_source: null },
  confirmation_token: {},
  event: {},
  webhook_endpoint: {},
};

const MAX_DEPTH = 4;

/**
 * Checks paths before anything runs.
 * @param type of the answer; `isList` when that comes in a list's `data`.
 * @throws {ApiError} 400: a path is too deep or names nothing that can be expanded.
 */
export function checkExpand(paths: readonly string[], type: string, isList: boolean): void {
  for (const path of paths) {
    const steps = path.split('.');
    const outsideData = isList && steps.shift() !== 'data';
    let at: string | null | undefined =
      outsideData || steps.length === 0 || steps.length > MAX_DEPTH ? undefined : type;
    for (const step of steps) at = at == null ? at : EXPANDABLE[at]?.[step];
    if (at === undefined) throw invalidRequest(`This property cannot be expanded (${path}).`, { param: 'expand' });
  }
}

/** The answer with the objects at `paths` in it. The stored object is not touched. */
export function expand(call: Call, answer: object, paths: readonly string[]): object {
  const copy = structuredClone(answer) as Record<string, unknown>;
  for (const path of paths) expandAt(call, copy, path.split('.'));
  return copy;
}

function expandAt(call: Call, holder: Record<string, unknown>, [step, ...rest]: string[]): void {
  if (step === undefined) return;
  if (step === 'data' && Array.isArray(holder['data'])) {
    for (const item of holder['data']) expandAt(call, item as Record<string, unknown>, rest);
    return;
  }
  const type = EXPANDABLE[String(holder['object'])]?.[step];
  const value = holder[step];
  if (typeof type === 'string' && typeof value === 'string') {
    holder[step] = call.store.objects.find(call.account, value) ?? value;
  }
  if (holder['object'] === 'charge' && step === 'refunds') holder[step] = refundsOf(call, String(holder['id']));
  const inner = holder[step];
  if (typeof inner === 'object' && inner !== null) expandAt(call, inner as Record<string, unknown>, rest);
}

/** The newest ten, as Stripe puts them there: not an id's place, but a list of its own. */
function refundsOf(call: Call, charge: string): object {
  const page = call.store.objects.page(call.account, 'refund', ["json ->> '$.charge' = ?"], [charge], 10, 'DESC');
  return { object: 'list', url: `/v1/charges/${charge}/refunds`, has_more: page.hasMore, data: page.data };
}
