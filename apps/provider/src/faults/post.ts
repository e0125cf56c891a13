// Faults of a request whose effects are committed: the client hears of a failure, or of nothing.
import { errorAnswer } from '../answer.ts';
import { outsideCall } from '../call.ts';
import { serverError } from '../errors.ts';
import { type Intent, reversed } from '../outcomes.ts';
import { action, type Hit } from './action.ts';
import { die } from './die.ts';
import type { AnswerEffect } from './fault.ts';

export const POST = {
  /** Stored: the key answers 500 from now on, and only the object itself tells what has happened. */
  error_500_after: action('post', {}, () => stored500('error_500_after')),

  /** The same, and then the provider takes the charge back by itself, as its repair of what failed. */
  error_500_after_then_reversed: action(
    'post',
    {},
    (hit) => {
      reverse(hit);
      return stored500('error_500_after_then_reversed');
    },
    (hit) => chargedIntentId(hit) !== undefined,
  ),

  crash_after_commit: action('post', {}, die),
} as const;

function stored500(name: string): AnswerEffect {
  return { kind: 'answer', name, answer: errorAnswer(serverError(500)), stored: true };
}

function reverse(hit: Hit): void {
  const { store } = hit.services;
  const { account = '', requestId, idempotencyKey } = hit.request;
  store.transaction(() => {
    const intent = store.objects.get<Intent>(account, 'payment_intent', chargedIntentId(hit) ?? '');
    const call = { ...outsideCall(hit.services, account, requestId), idempotencyKey };
    if (intent) reversed(call, intent);
  });
}

/** The intent that this request has charged. */
function chargedIntentId({ request, answer }: Hit): string | undefined {
  if (request.method !== 'POST' || answer?.status !== 200) return undefined;
  const { object, status, id } = JSON.parse(answer.body) as Partial<Intent>;
  return object === 'payment_intent' && status === 'succeeded' ? id : undefined;
}
