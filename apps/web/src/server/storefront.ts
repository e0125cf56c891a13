import { createShop, type Opening, opening, type ReceiptLinks, receiptLinks, type Shop } from '@once/checkout';
import { operationMetrics } from '@once/checkout/metrics';
import { keptCookieSecret, recordEncryption } from '@once/checkout/secrets';
import { stripePayments } from '@once/checkout/stripe';
import { alsoTraced, tracing } from '@once/checkout/tracing';
import { logTransitions } from '@once/checkout/transitions';
import { inRequest } from '@once/checkout/under-way';
import { connect } from '@once/db';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { CardForm } from '#checkout/card-form.ts';
import { type Env, readEnv } from '#env.ts';
import { type ApiCaller, callerFor } from './api/caller.ts';
import { handleApi } from './api/handler.ts';
import { type Auth, createAuth } from './auth/auth.ts';
import { handleAuth } from './auth/handler.ts';
import { crashPoint } from './crash-points.ts';
import { Gate } from './door/gate.ts';
import { type RateLimits, rateLimits } from './door/rate-limits.ts';
import { type GuestCookies, guestCookies } from './guest.ts';
import { createLog } from './log.ts';
import { gateMetrics } from './metrics.ts';
import type { Shopper } from './shopper.ts';
import { takeEvent } from './webhook.ts';

/**
 * Everything that a request needs, made once per process.
 *
 * `api` and `caller` are part of it because Next loads a module more than once in one process: the code that calls an
 * operation must be of the same load as the operation, or it does not know the errors again that it throws.
 */
export interface Storefront {
  readonly env: Env;
  readonly shop: Shop;
  readonly guests: GuestCookies;
  readonly receiptLinks: ReceiptLinks;
  readonly accounts: Auth;
  readonly log: Logger;
  readonly cardForm: CardForm;
  readonly rates: RateLimits;
  /** How much is under way at once. Payments wait for the provider, which costs memory and no connection. */
  readonly gates: { readonly requests: Gate; readonly payments: Gate };
  /** What this process did, for /metrics. */
  readonly metrics: Registry;
  /** Whether anything may be changed: not while the database, after a restore, knows less than the provider. */
  readonly opening: Opening;
  /** Answers a request to the API. */
  readonly api: (request: Request) => Promise<Response>;
  /** Answers a request to sign in, and all that leads to it. */
  readonly auth: (request: Request) => Promise<Response>;
  /** Answers the provider for an event. @param later runs when the answer has left */
  readonly takeEvent: (request: Request, later: (work: () => Promise<void>) => void) => Promise<Response>;
  /** The API for pages that are drawn on the server. */
  readonly caller: (shopper: Shopper) => ApiCaller;
}

/** @throws {EnvError} {PaymentsConfigError} when the shop cannot be run as it is configured */
export function createStorefront(env: Env): Storefront {
  const log = createLog(env.logLevel);
  const { db } = connect(env.databaseUrl, { applicationName: 'once-web', onStatement: tracing()?.statement });
  const at = crashPoint(env);
  const operations = operationMetrics();
  const logged = logTransitions(log);
  const gates = { requests: new Gate(env.maxRequests), payments: new Gate(env.maxPayments) };
  gateMetrics(operations.registry, gates);
  const shop = createShop({
    db,
    payments: stripePayments({ secretKey: env.stripeSecretKey, apiBase: env.stripeApiBase }),
    publicUrl: env.publicUrl,
    actor: 'web',
    encryption: recordEncryption(env.recordKeys, env.dataDir),
    observe: (event) => {
      logged(event);
      operations.observe(event);
      tracing()?.observe(event);
    },
    span: alsoTraced(operations.span),
    onError: (error) => log.error({ err: error }, 'background work failed'),
    ...(env.leaseMs !== undefined && { leaseMs: env.leaseMs }),
    ...(at && { at }),
  });
  operations.beginAtZero(Object.values(shop.workflows).map(({ name }) => name));
  const cookieSecret = env.cookieSecret ?? keptCookieSecret(env.dataDir);
  const guests = guestCookies(cookieSecret, env.publicUrl);
  const made: Storefront = {
    env,
    shop,
    log,
    guests,
    receiptLinks: receiptLinks(cookieSecret),
    accounts: createAuth({ db, cookieSecret, publicUrl: env.publicUrl, guests, log }),
    rates: rateLimits(db, env.rates, cookieSecret),
    gates,
    metrics: operations.registry,
    opening: opening(db, env.restoredTo && { restoredTo: env.restoredTo }),
    cardForm: env.publishableKey ? { kind: 'stripe', publishableKey: env.publishableKey } : { kind: 'local' },
    api: (request) => inRequest(request, () => handleApi(request, made)),
    auth: (request) => inRequest(request, () => handleAuth(request, made)),
    takeEvent: (request, later) => inRequest(request, () => takeEvent(request, made, later)),
    caller: (shopper) => callerFor(shopper, made),
  };
  return made;
}

// Of all that Next loads more than once, only globalThis is one.
const KEY = Symbol.for('once.storefront');
const here = globalThis as { [KEY]?: Storefront };

/** The process's own, made on first use: a build has no database and needs none. */
export function storefront(): Storefront {
  here[KEY] ??= createStorefront(readEnv(process.env));
  return here[KEY];
}
