// The queue of webhooks, by hand.

import type { Provider } from '../pipeline.ts';
import { type Endpoint, newSecret, replaceSecret } from '../webhooks/endpoints.ts';
import { ControlError } from './error.ts';

/** Sends a delivery once more, whatever became of it. @throws {ControlError} 404. */
export function resendDelivery({ store }: Provider, id: string) {
  if (!store.transaction(() => store.deliveries.requeue(id))) throw noSuchDelivery(id);
  store.deliveries.announce();
  return store.deliveries.get(id);
}

/** Lets a delivery go that is held. @throws {ControlError} 404, 409. */
export function releaseDelivery({ store }: Provider, id: string) {
  const delivery = store.deliveries.get(id);
  if (!delivery) throw noSuchDelivery(id);
  if (!store.transaction(() => store.deliveries.release(id))) {
    throw new ControlError(409, 'unexpected_state', `${id} is ${delivery.state}, not held.`);
  }
  store.deliveries.announce();
  return store.deliveries.get(id);
}

/** Lets all go that are held, of one account or order. */
export function releaseAll(
  { store }: Provider,
  filter: { account?: string | undefined; orderId?: string | undefined },
) {
  const released = store.transaction(() =>
    store.deliveries
      .newest({ ...filter, state: 'held', limit: 10_000 })
      .toReversed()
      .filter(({ id }) => store.deliveries.release(id)),
  );
  store.deliveries.announce();
  return { released: released.map(({ id }) => id) };
}

/**
 * Gives an endpoint a new secret; the old one signs beside it for `overlapMs`. Stripe has this in its dashboard only.
 * @throws {ControlError} 404.
 */
export function rollSecret({ store }: Provider, id: string, overlapMs: number): Endpoint & { secret: string } {
  const account = store.objects.accountOf('webhook_endpoint', id);
  const endpoint = account && store.objects.get<Endpoint>(account, 'webhook_endpoint', id);
  if (!endpoint) throw new ControlError(404, 'no_such_webhook_endpoint', `There is no webhook endpoint ${id}.`);
  const secret = store.transaction(() => replaceSecret(store, id, newSecret(), overlapMs));
  return { ...endpoint, secret };
}

function noSuchDelivery(id: string): ControlError {
  return new ControlError(404, 'no_such_delivery', `There is no delivery ${id}.`);
}
