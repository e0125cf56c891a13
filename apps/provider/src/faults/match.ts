import { z } from 'zod';
import { type Instrument, testInstrument } from '../instruments.ts';
import type { Intent } from '../outcomes.ts';
import type { Store } from '../store.ts';
import type { FaultableRequest } from './fault.ts';

/** Which requests a rule is about: those for which everything that is given here is true. */
export const matchSchema = z
  .strictObject({
    account: z.string().regex(/^\w+$/),
    method: z.enum(['GET', 'POST', 'DELETE']),
    // A * stands for one part of a path: /v1/payment_intents/*/confirm
    path: z.string().startsWith('/').max(500),
    /** `metadata.order_id`, of the request or of the intent it is about. */
    order_id: z.string().min(1).max(500),
    /** Only a request that asks the bank for money: a confirm, or a create that confirms. */
    confirms: z.literal(true),
    pi: z.string().min(1).max(255),
    /** The type of an event, for what goes wrong with webhooks; a * at its end stands for the rest. */
    event: z
      .string()
      .regex(/^[a-z_.]*\*?$/, 'The type of an event, or the beginning of one and a *.')
      .min(1)
      .max(100),
    /** The idempotency key. */
    key: z.string().min(1).max(255),
    /** A test card by its name, however the request comes by it: named, in a confirmation token, or in the intent. */
    payment_method: z.string().refine((name) => testInstrument(name) !== undefined, 'There is no such test card.'),
    /** The first so many that match, less one, go through. */
    nth: z.number().int().min(1).max(1_000_000),
  })
  .partial();

export type Match = z.output<typeof matchSchema>;

/** Whether a rule is about this request; `nth` is the count's affair. */
export function matches(match: Match, request: FaultableRequest, store: Store): boolean {
  const { account, method, path, order_id: orderId, pi, key, event, payment_method: card } = match;
  // What costs a look into the store comes last.
  return (
    (account === undefined || account === request.account) &&
    (method === undefined || method === request.method) &&
    (pi === undefined || pi === request.intentId) &&
    (key === undefined || key === request.idempotencyKey) &&
    (match.confirms === undefined || asksBank(request)) &&
    (event === undefined || isOfType(event, request.eventType)) &&
    (path === undefined || isAt(path, request.path)) &&
    (orderId === undefined || orderId === request.orderId) &&
    (card === undefined || testInstrument(card) === instrumentOf(request, store))
  );
}

function isAt(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((part, index) => part === '*' || part === given[index]);
}

export function asksBank({ method, path, params }: FaultableRequest): boolean {
  if (method !== 'POST') return false;
  if (path === '/v1/payment_intents') return params['confirm'] === 'true';
  return /^\/v1\/payment_intents\/[^/]+\/confirm$/.test(path);
}

function isOfType(pattern: string, type: string | undefined): boolean {
  if (type === undefined) return false;
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

/** The test card that a request pays with, or that its intent was last tried with. */
function instrumentOf({ account, params, intentId }: FaultableRequest, store: Store): Instrument | undefined {
  if (account === undefined) return undefined;
  const named = params['confirmation_token'] ?? params['payment_method'];
  const id = typeof named === 'string' ? named : storedMethod(store, account, intentId);
  if (id === undefined) return undefined;
  return testInstrument(id) ?? testInstrument(store.objects.private(account, id).instrument ?? '');
}

function storedMethod(store: Store, account: string, intentId: string | undefined): string | undefined {
  if (intentId === undefined) return undefined;
  return store.objects.get<Intent>(account, 'payment_intent', intentId)?.payment_method ?? undefined;
}
