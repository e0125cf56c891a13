// Faults of a request whose key is taken and whose intent is locked, before anything has happened.
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { errorAnswer } from '../answer.ts';
import type { Overrides } from '../call.ts';
import { type ApiError, serverError } from '../errors.ts';
import { declineCodes, declineOf } from '../instruments.ts';
import { keyInUse } from '../keys.ts';
import { lockTimeout } from '../locks.ts';
import { action, type Hit, milliseconds } from './action.ts';
import { die } from './die.ts';
import type { AnswerEffect, ExecutionEffect } from './fault.ts';
import { asksBank } from './match.ts';

export const PRE = {
  error_500_before: action('pre', {}, () => instead('error_500_before', serverError(500), true)),
  error_503_before: action('pre', {}, () => instead('error_503_before', serverError(503, 'unsaid'), false)),

  /** The key stays in flight and the intent locked meanwhile: whoever comes second meets a 409 or waits. */
  slow_before: action('pre', { ms: milliseconds.default(1_000) }, async (_, { ms }) => {
    await pause(ms);
    return undefined;
  }),

  lock_timeout: action('pre', {}, () => instead('lock_timeout', lockTimeout(), false)),
  key_in_use: action(
    'pre',
    {},
    ({ request }) => instead('key_in_use', keyInUse(request.idempotencyKey ?? ''), false),
    ({ request }) => request.idempotencyKey !== undefined,
  ),

  decline: action(
    'pre',
    { code: z.enum(declineCodes()).default('generic_decline') },
    (_, { code }) => execution({ behaviour: { kind: 'decline', decline: declineOf(code) } }),
    asks,
  ),
  require_action: action('pre', {}, () => execution({ behaviour: { kind: 'require_action' } }), asks),
  go_processing: action('pre', {}, () => execution({ behaviour: { kind: 'process' } }), asks),

  crash_before_commit: action('pre', {}, die),
} as const;

function instead(name: string, error: ApiError, stored: boolean): AnswerEffect {
  return { kind: 'answer', name, answer: errorAnswer(error), stored };
}

function execution(overrides: Overrides): ExecutionEffect {
  return { kind: 'execution', overrides };
}

/** What the bank says matters only to a request that asks it. */
function asks({ request }: Hit): boolean {
  return asksBank(request);
}
