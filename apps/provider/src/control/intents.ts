// What happens to a payment outside the API: the shopper at the bank's page, the bank that answers days later.

import type { Call } from '../call.ts';
import { ApiError } from '../errors.ts';
import { randomId } from '../ids.ts';
import { authenticationFailed, charged, type Intent, processed, processingFailed } from '../outcomes.ts';
import { methodFor } from '../payment-methods.ts';
import type { Provider } from '../pipeline.ts';
import { ControlError } from './error.ts';

/** What the control port answers when it has changed an intent. */
export interface Changed {
  readonly payment_intent: Intent;
  /** Where the bank's page sends the shopper now; null when nobody was sent there. */
  readonly redirect_url: string | null;
}

/** The shopper passed the bank's check, or did not. @throws {ControlError} 404, 409, 429. */
export function resolveAction(provider: Provider, intentId: string, result: 'complete' | 'fail'): Promise<Changed> {
  return change(provider, intentId, 'requires_action', `action ${result}`, (call, intent) => {
    const paid = methodFor(call, intent.payment_method ?? '');
    return result === 'complete' ? charged(call, intent, paid) : authenticationFailed(call, intent, paid);
  });
}

/** The bank's answer to a payment that was processing. @throws {ControlError} 404, 409, 429. */
export function settleProcessing(provider: Provider, intentId: string, result: 'succeed' | 'fail'): Promise<Changed> {
  return change(provider, intentId, 'processing', `settle ${result}`, (call, intent) =>
    result === 'succeed' ? processed(call, intent) : processingFailed(call, intent),
  );
}

type Apply = (call: Call, intent: Intent) => Intent;

async function change(
  provider: Provider,
  intentId: string,
  from: Intent['status'],
  what: string,
  apply: Apply,
): Promise<Changed> {
  const { journal, objects } = provider.store;
  const account = objects.accountOf('payment_intent', intentId);
  if (account === undefined) throw new ControlError(404, 'no_such_intent', `There is no intent ${intentId}.`);
  const requestId = randomId('req_', 14);
  const path = `control: ${intentId} ${what}`;
  journal.received({ requestId, account, method: 'POST', path, idempotencyKey: null, params: {} });
  try {
    const release = await acquire(provider, account, intentId);
    try {
      const changed = commit(provider, { account, requestId, intentId, from }, apply);
      journal.answered(requestId, 200, 'answer');
      return changed;
    } finally {
      release();
    }
  } catch (error) {
    if (error instanceof ControlError) journal.answered(requestId, error.status, error.code);
    throw error;
  }
}

function commit(
  { store, settings }: Provider,
  at: { account: string; requestId: string; intentId: string; from: Intent['status'] },
  apply: Apply,
): Changed {
  const { account, requestId, intentId, from } = at;
  return store.transaction(() => {
    const intent = store.objects.get<Intent>(account, 'payment_intent', intentId);
    if (intent?.status !== from) {
      throw new ControlError(409, 'unexpected_state', `${intentId} is ${intent?.status}, not ${from}.`);
    }
    const nowMs = store.clock.nowMs(account);
    const outside = { idempotencyKey: undefined, path: {}, overrides: {} };
    const after = apply({ ...outside, store, settings, account, requestId, nowMs }, intent);
    store.journal.committed(requestId);
    return { payment_intent: after, redirect_url: redirectUrl(intent, after) };
  });
}

/** As Stripe leaves the bank's page. The shop must not believe redirect_status: anybody can type it. */
function redirectUrl(before: Intent, after: Intent): string | null {
  const url = URL.parse(before.next_action?.redirect_to_url?.return_url ?? '');
  if (!url) return null;
  url.searchParams.set('payment_intent', after.id);
  url.searchParams.set('payment_intent_client_secret', after.client_secret ?? '');
  url.searchParams.set('redirect_status', after.status === 'succeeded' ? 'succeeded' : 'failed');
  return url.href;
}

async function acquire(provider: Provider, account: string, intentId: string): Promise<() => void> {
  try {
    return await provider.locks.acquire(`${account} ${intentId}`);
  } catch (error) {
    if (error instanceof ApiError) throw new ControlError(429, error.code, error.message, { cause: error });
    throw error;
  }
}
