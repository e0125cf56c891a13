// Faults of reading: what is asked for is there, and the answer does not say so.
import { z } from 'zod';
import { errorAnswer } from '../answer.ts';
import { serverError } from '../errors.ts';
import { action, type Hit } from './action.ts';

export const READS = {
  /** Search does not know yet what was made in the last `ms`. */
  search_lag: action(
    'pre',
    { ms: z.number().int().min(1).max(86_400_000).default(60_000) },
    (_, { ms }) => ({ kind: 'execution', overrides: { searchLagMs: ms } }),
    ({ request }) => request.method === 'GET' && request.path === '/v1/payment_intents/search',
  ),

  retrieve_500: action(
    'pre',
    {},
    () => ({ kind: 'answer', name: 'retrieve_500', answer: errorAnswer(serverError(500, 'unsaid')), stored: false }),
    retrieves,
  ),

  /** The intent as it was before its last change. Not matched while there was none. */
  retrieve_stale: action(
    'pre',
    {},
    () => ({ kind: 'execution', overrides: { stale: true } }),
    (hit) => retrieves(hit) && hasChanged(hit),
  ),
} as const;

function retrieves({ request: { method, path, intentId } }: Hit): boolean {
  return method === 'GET' && intentId !== undefined && path === `/v1/payment_intents/${intentId}`;
}

function hasChanged({ request: { account, intentId }, services }: Hit): boolean {
  return services.store.objects.intentBefore(account ?? '', intentId ?? '') !== undefined;
}
