// What happens to a payment outside the API: the shopper at the bank's page, the bank that answers days later, the owner
// of the card who asks for the money back. Each is journalled like a request, and waits for the intent's lock like one.
import { type Call, outsideCall } from '../call.ts';
import type { Charge } from '../charges.ts';
import { type Dispute, endDispute, openDispute } from '../disputes.ts';
import { ApiError } from '../errors.ts';
import { randomId } from '../ids.ts';
import type { ApiObject } from '../objects.ts';
import { authenticationFailed, charged, type Intent, processed, processingFailed } from '../outcomes.ts';
import { methodFor } from '../payment-methods.ts';
import type { Provider } from '../pipeline.ts';
import { type Refund, refundFailed, refundSucceeded } from '../refunds.ts';
import { ControlError } from './error.ts';

/** What the control port answers when it has changed an intent. */
export interface Changed {
  readonly payment_intent: Intent;
  /** Where the bank's page sends the shopper now; null when nobody was sent there. */
  readonly redirect_url: string | null;
}

/** The shopper passed the bank's check, or did not. @throws {ControlError} 404, 409, 429. */
export function resolveAction(provider: Provider, intentId: string, result: 'complete' | 'fail'): Promise<Changed> {
  return changeIntent(provider, intentId, 'requires_action', `action ${result}`, (call, intent) => {
    const paid = methodFor(call, intent.payment_method ?? '');
    return result === 'complete' ? charged(call, intent, paid) : authenticationFailed(call, intent, paid);
  });
}

/** The bank's answer to a payment that was processing. @throws {ControlError} 404, 409, 429. */
export function settleProcessing(provider: Provider, intentId: string, result: 'succeed' | 'fail'): Promise<Changed> {
  return changeIntent(provider, intentId, 'processing', `settle ${result}`, (call, intent) =>
    result === 'succeed' ? processed(call, intent) : processingFailed(call, intent),
  );
}

/** The bank's answer to a refund, also to one that it has taken before. @throws {ControlError} 404, 409, 429. */
export function settleRefund(provider: Provider, refundId: string, result: 'succeed' | 'fail'): Promise<Refund> {
  const what = `settle ${result}`;
  return change<Refund, Refund>(provider, { type: 'refund', id: refundId, what }, (call, refund) => {
    const after = result === 'succeed' ? refundSucceeded(call, refund) : refundFailed(call, refund);
    if (!after) throw new ControlError(409, 'unexpected_state', `${refundId} is ${refund.status}.`);
    return after;
  });
}

/** The owner of the card disputes what was paid. @throws {ControlError} 404, 409, 429. */
export function disputeIntent(provider: Provider, intentId: string): Promise<Dispute> {
  const about = { type: 'payment_intent', id: intentId, what: 'dispute' } as const;
  return change<Intent, Dispute>(provider, about, (call, intent) => {
    const charge = call.store.objects.get<Charge>(call.account, 'charge', intent.latest_charge ?? '');
    if (!charge?.captured) throw new ControlError(409, 'unexpected_state', `${intentId} is ${intent.status}.`);
    return openDispute(call, charge);
  });
}

/** The bank decides a dispute. @throws {ControlError} 404, 409, 429. */
export function closeDispute(provider: Provider, disputeId: string, result: 'won' | 'lost'): Promise<Dispute> {
  const about = { type: 'dispute', id: disputeId, what: `close ${result}` } as const;
  return change<Dispute, Dispute>(provider, about, (call, dispute) => endDispute(call, dispute, result));
}

function changeIntent(
  provider: Provider,
  intentId: string,
  from: Intent['status'],
  what: string,
  apply: (call: Call, intent: Intent) => Intent,
): Promise<Changed> {
  return change<Intent, Changed>(provider, { type: 'payment_intent', id: intentId, what }, (call, intent) => {
    if (intent.status !== from) {
      throw new ControlError(409, 'unexpected_state', `${intentId} is ${intent.status}, not ${from}.`);
    }
    const after = apply(call, intent);
    return { payment_intent: after, redirect_url: redirectUrl(intent, after) };
  });
}

interface About<T extends ApiObject> {
  readonly type: T['object'];
  readonly id: string;
  readonly what: string;
}

async function change<T extends ApiObject, R>(
  provider: Provider,
  { type, id, what }: About<T>,
  apply: (call: Call, object: T) => R,
): Promise<R> {
  const { journal, objects } = provider.store;
  const account = objects.accountOf(type, id);
  if (account === undefined) throw new ControlError(404, `no_such_${type}`, `There is no ${type} ${id}.`);
  const requestId = randomId('req_', 14);
  const path = `control: ${id} ${what}`;
  const caller = { traceId: null, callerRequestId: null, attempt: null };
  journal.received({ requestId, account, method: 'POST', path, idempotencyKey: null, params: {}, ...caller });
  try {
    const intentId = objects.private(account, id).paymentIntent ?? id;
    const release = await provider.locks.acquire(`${account} ${intentId}`);
    try {
      const result = provider.store.transaction(() => {
        const object = objects.get<T>(account, type, id);
        if (!object) throw new ControlError(404, `no_such_${type}`, `There is no ${type} ${id}.`);
        const done = apply(outsideCall(provider, account, requestId), object);
        journal.committed(requestId);
        return done;
      });
      journal.answered(requestId, 200, 'answer');
      return result;
    } finally {
      release();
    }
  } catch (error) {
    const refusal = asRefusal(error);
    journal.answered(requestId, refusal?.status ?? 500, refusal?.code ?? 'internal');
    throw refusal ?? error;
  }
}

/** A refusal of the API's own words is one of this port: what the state does not allow is 409 here. */
function asRefusal(error: unknown): ControlError | undefined {
  if (error instanceof ControlError) return error;
  if (!(error instanceof ApiError)) return undefined;
  return new ControlError(error.status === 400 ? 409 : error.status, error.code, error.message, { cause: error });
}

/** As Stripe leaves the bank's page. The shop must not believe redirect_status: anybody can type it. */
function redirectUrl(before: Intent, after: Intent): string | null {
  const url = URL.parse(before.next_action?.redirect_to_url?.return_url ?? '');
  if (!url) return null;
  url.searchParams.set('payment_intent', after.id);
  url.searchParams.set('payment_intent_client_secret', after.client_secret ?? '');
  url.searchParams.set('redirect_status', REDIRECTED_AS_PAID.has(after.status) ? 'succeeded' : 'failed');
  return url.href;
}

const REDIRECTED_AS_PAID: ReadonlySet<string> = new Set(['succeeded', 'requires_capture']);
