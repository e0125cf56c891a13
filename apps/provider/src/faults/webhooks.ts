// Faults of events on their way to an endpoint. What is done to the queue is part of the transaction that makes the event;
// what is done to a signature is done to one try, and the next one is in order again.
import { z } from 'zod';
import { action, type Hit, milliseconds } from './action.ts';

const anyMilliseconds = milliseconds.or(z.literal(0));

export const QUEUE = {
  delay: action('queue', { ms: milliseconds.default(5_000) }, (_, { ms }) => ({ kind: 'delay', ms })),
  /** Never sent; still in the list of events. */
  drop: action('queue', {}, () => ({ kind: 'drop' })),
  hold: action('queue', {}, () => ({ kind: 'hold' })),
  /** Holds as many as it is armed for; with the last of them all go, the last one first. */
  reorder: action('queue', {}, () => ({ kind: 'reorder' }), undefined, 2),
  /** The request that makes the event is answered when the endpoint has been told, whatever that says to it. */
  before_response: action('queue', {}, () => ({ kind: 'before_response' })),
  duplicate_same_event: action('queue', { ms: anyMilliseconds.default(0) }, (_, { ms }) => ({
    ...({ kind: 'duplicate', of: 'same_event', ms } as const),
  })),
  duplicate_new_event: action('queue', { ms: anyMilliseconds.default(0) }, (_, { ms }) => ({
    ...({ kind: 'duplicate', of: 'new_event', ms } as const),
  })),
} as const;

export const WEBHOOK = {
  stale_timestamp: action('webhook', { ms: milliseconds.default(600_000) }, (_, { ms }) => ({
    ...({ name: 'stale_timestamp', ageMs: ms, secret: 'valid' } as const),
  })),
  bad_signature: action('webhook', {}, () => ({ name: 'bad_signature', ageMs: 0, secret: undefined })),
  old_secret: action('webhook', {}, () => ({ name: 'old_secret', ageMs: 0, secret: 'old' }), hasOldSecret),
} as const;

function hasOldSecret({ request, services: { store } }: Hit): boolean {
  const delivery = store.deliveries.get(request.requestId);
  return delivery !== undefined && store.secrets.old(delivery.endpoint) !== undefined;
}
