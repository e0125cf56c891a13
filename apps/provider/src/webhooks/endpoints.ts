import { randomBytes } from 'node:crypto';
import type Stripe from 'stripe';
import { z } from 'zod';
import { type Call, nowSeconds } from '../call.ts';
import { resourceMissing } from '../errors.ts';
import { randomId } from '../ids.ts';
import { type ApiList, type listParameters, pageOf } from '../lists.ts';
import { merged } from '../metadata.ts';
import * as kind from '../parameters.ts';
import type { Store } from '../store.ts';
import { API_VERSION } from '../version.ts';

/** An endpoint as it is stored: without its secret, which is shown once. */
export type Endpoint = Stripe.WebhookEndpoint & { readonly deleted?: never };

const url = z.url({ protocol: /^https?$/, error: 'Not a valid URL.' });

const enabledEvents = kind.strings.refine(
  (types) => types.length > 0 && types.every((type) => /^(\*|[a-z0-9_]+(\.[a-z0-9_]+)+)$/.test(type)),
  'Each must be the name of an event, or *.',
);

export const endpointCreateParameters = z
  .strictObject({
    api_version: kind.filled,
    connect: kind.notModelled(kind.boolean, (value) => !value),
    description: kind.text,
    expand: kind.strings,
    metadata: kind.metadata,
  })
  .partial()
  .extend({ enabled_events: enabledEvents, url });

export const endpointUpdateParameters = z
  .strictObject({
    description: kind.text,
    disabled: kind.boolean,
    enabled_events: enabledEvents,
    expand: kind.strings,
    metadata: kind.metadata,
    url,
  })
  .partial();

/** @returns the endpoint with its secret: the only time that it is shown. */
export function createEndpoint(call: Call, params: z.output<typeof endpointCreateParameters>): Stripe.WebhookEndpoint {
  const endpoint: Endpoint = {
    id: randomId('we_1'),
    object: 'webhook_endpoint',
    api_version: params.api_version ?? null,
    application: null,
    created: nowSeconds(call),
    description: params.description || null,
    enabled_events: params.enabled_events,
    livemode: false,
    metadata: merged({}, params.metadata),
    status: 'enabled',
    url: params.url,
  };
  call.store.objects.put(call.account, endpoint);
  return { ...endpoint, secret: call.store.secrets.replace(endpoint.id, newSecret(), 0) };
}

export function retrieveEndpoint(call: Call): Endpoint {
  const id = call.path['endpoint'] ?? '';
  const endpoint = call.store.objects.get<Endpoint>(call.account, 'webhook_endpoint', id);
  if (!endpoint) throw resourceMissing('webhook endpoint', id, 'id');
  return endpoint;
}

export function updateEndpoint(call: Call, params: z.output<typeof endpointUpdateParameters>): Endpoint {
  const endpoint = retrieveEndpoint(call);
  if (params.disabled === true) call.store.deliveries.cancelFor(endpoint.id);
  return call.store.objects.put(call.account, {
    ...endpoint,
    ...(params.description !== undefined && { description: params.description || null }),
    ...(params.disabled !== undefined && { status: params.disabled ? 'disabled' : 'enabled' }),
    ...(params.enabled_events !== undefined && { enabled_events: params.enabled_events }),
    ...(params.url !== undefined && { url: params.url }),
    metadata: merged(endpoint.metadata, params.metadata),
  });
}

export function deleteEndpoint(call: Call): Stripe.DeletedWebhookEndpoint {
  const { id } = retrieveEndpoint(call);
  call.store.deliveries.cancelFor(id);
  call.store.objects.remove(call.account, id);
  return { id, object: 'webhook_endpoint', deleted: true };
}

export function listEndpoints(call: Call, params: z.output<typeof listParameters>): ApiList {
  return pageOf(call, 'webhook_endpoint', '/v1/webhook_endpoints', params, { where: [], values: [] });
}

/** The endpoints of an account that take events of a type. */
export function listeningTo(store: Store, account: string, type: string): Endpoint[] {
  return allEndpoints(store, account).filter(
    ({ status, enabled_events: types }) => status === 'enabled' && (types.includes('*') || types.includes(type)),
  );
}

export function newSecret(): string {
  return `whsec_${randomBytes(24).toString('hex')}`;
}

/**
 * The endpoint that comes from the environment, so that a shop which is started together with the provider needs no set-up.
 * Another secret than at the last start replaces it, as by hand; none takes the endpoint away.
 */
export function endpointFromEnvironment(
  store: Store,
  given: { account: string; url: string; secret: string } | undefined,
): void {
  store.transaction(() => {
    const id = given && `we_environment_${given.account}`;
    for (const { account, id: other } of store.objects.withPrefix('webhook_endpoint', 'we_environment_')) {
      if (other === id) continue;
      store.deliveries.cancelFor(other);
      store.objects.remove(account, other);
    }
    if (!given || id === undefined) return;
    const before = store.objects.get<Endpoint>(given.account, 'webhook_endpoint', id);
    store.objects.put<Endpoint>(given.account, {
      id,
      object: 'webhook_endpoint',
      api_version: API_VERSION,
      application: null,
      created: before?.created ?? Math.floor(store.clock.nowMs(given.account) / 1000),
      description: 'From the environment',
      enabled_events: ['*'],
      livemode: false,
      metadata: {},
      status: 'enabled',
      url: given.url,
    });
    if (store.secrets.valid(id)[0] !== given.secret) store.secrets.replace(id, given.secret, OVERLAP_MS);
  });
}

/** How long a replaced secret goes on signing where nobody has said so: Stripe's longest. */
export const OVERLAP_MS = 24 * 3_600_000;

function allEndpoints(store: Store, account: string): Endpoint[] {
  // A thousand is far more than anybody has; Stripe allows sixteen.
  return store.objects.page(account, 'webhook_endpoint', [], [], 1_000, 'ASC').data as Endpoint[];
}
