// The life of a request. The order decides what is stored, and so what a retry will hear:
//
//    1  journal      it arrived
//    2  edge         faults: nothing is stored
//    3  account, rate, route          401, 403, 429, 404: never stored
//    4  parameters                    400: never stored
//    5  key known?   replay, or 400 for another request, or 409 while its first request runs
//    6  key taken    committed by itself, so that a second request sees it
//    7  intent locked                 429 lock_timeout: the key is given back
//    8  pre          faults · the provider's own latency · the bank's
//    9  one transaction: effects, ledger, stored answer. A refusal here is stored; its effects are not
//   10  post         webhooks that are to come before the answer · faults: what has happened stays
//   11  sent         wire faults, also on a replay: what is stored stays
//
// Killed before 9 ends: nothing happened, and the key is forgotten at the next start. Killed after: a retry replays.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Answer, errorAnswer } from './answer.ts';
import { type Arrival, arrive, authenticate } from './arrival.ts';
import type { Overrides } from './call.ts';
import type { Settings } from './env.ts';
import { ApiError, invalidRequest, serverError } from './errors.ts';
import type { AnswerEffect, Faults } from './faults/fault.ts';
import type { ObjectLocks } from './locks.ts';
import { type RateLimiter, rateLimited } from './rate-limit.ts';
import { Reply } from './reply.ts';
import type { Prepared } from './route.ts';
import { type MatchedRoute, matchRoute } from './routes.ts';
import type { Store } from './store.ts';
import type { Dispatcher } from './webhooks/dispatcher.ts';

export interface Provider {
  readonly store: Store;
  readonly settings: Settings;
  readonly locks: ObjectLocks;
  readonly limiter: RateLimiter;
  readonly faults: Faults;
  readonly dispatcher: Pick<Dispatcher, 'beforeResponse'>;
  readonly log: Logger;
}

export async function handle(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  body: string,
): Promise<void> {
  const { store, faults, log } = provider;
  const arrival = arrive(store, request, body);
  const { requestId, account = null, method, path, params, idempotencyKey = null, caller } = arrival;
  store.journal.received({ requestId, account, method, path, params, idempotencyKey, ...caller });
  const reply = new Reply(store.journal, arrival, response);
  const edge = await faults.at('edge', arrival);
  if (edge) return reply.fault(edge);
  try {
    await judge(provider, arrival, reply);
  } catch (error) {
    if (!(error instanceof ApiError)) log.error({ err: error, ...named(arrival) }, 'request failed');
    if (response.headersSent) return; // only the journal did not take it
    reply.answer(errorAnswer(error instanceof ApiError ? error : serverError(500)));
  }
}

/** Steps 3 to 6. @throws {ApiError} refused, and nothing of it is kept. */
async function judge(provider: Provider, arrival: Arrival, reply: Reply): Promise<void> {
  const account = authenticate(arrival);
  if (!provider.limiter.admits(account)) return reply.fault(rateLimited('global-rate'));
  const route = matchRoute(arrival.method, arrival.path);
  if (!route) throw unknownRoute(arrival);
  if (arrival.malformed) throw arrival.malformed;
  const prepared = route.prepare(arrival.params);
  const judged = { arrival, account, route, prepared };
  if (arrival.idempotencyKey === undefined) await run(provider, judged, reply);
  else await runOnce(provider, judged, reply, arrival.idempotencyKey);
}

/** Step 6, and the rest for whoever is the first with this key. */
async function runOnce(provider: Provider, judged: Judged, reply: Reply, key: string): Promise<void> {
  if (key.length < 1 || key.length > 255) throw invalidRequest('Idempotency keys must be 1 to 255 characters long.');
  const { store, faults } = provider;
  const { arrival, account } = judged;
  const { path, params, requestId } = arrival;
  const nowMs = store.clock.nowMs(account);
  const claim = store.transaction(() => store.keys.claim({ account, key, path, params, requestId, nowMs }));
  if (claim.kind === 'replay') {
    const answer: Answer = { ...claim, retry: 'no' };
    return reply.replay(answer, claim.originalRequestId, await faults.at('wire', arrival, answer));
  }
  store.keys.begun(account, key);
  try {
    await run(provider, judged, reply);
  } finally {
    store.keys.ended(account, key);
  }
}

interface Judged {
  readonly arrival: Arrival;
  readonly account: string;
  readonly route: MatchedRoute;
  readonly prepared: Prepared;
}

/** Steps 7 to 11. @throws {ApiError} 429 lock_timeout. */
async function run(provider: Provider, request: Judged, reply: Reply): Promise<void> {
  const { arrival, account } = request;
  const release = await lockIntent(provider, request);
  let answer: Answer;
  try {
    const pre = await provider.faults.at('pre', arrival);
    if (pre?.kind === 'answer') return insteadOf(provider, request, reply, pre);
    const delayMs = latencyMs(provider.settings) + request.prepared.bankDelayMs(provider, account);
    if (delayMs > 0) await pause(delayMs);
    answer = commit(provider, request, pre?.overrides ?? {});
  } finally {
    release();
  }
  await provider.dispatcher.beforeResponse(arrival.requestId);
  const post = await provider.faults.at('post', arrival, answer);
  if (post) {
    if (post.stored) storeAnswer(provider, request, post.answer);
    return reply.fault(post);
  }
  const wire = await provider.faults.at('wire', arrival, answer);
  reply.answer(answer, arrival.idempotencyKey && arrival.requestId, wire);
}

async function lockIntent(provider: Provider, request: Judged): Promise<() => void> {
  const { method, intentId } = request.arrival;
  if (method !== 'POST' || intentId === undefined) return () => {};
  try {
    return await provider.locks.acquire(`${request.account} ${intentId}`);
  } catch (error) {
    giveKeyBack(provider, request);
    throw error;
  }
}

/** A fault takes the place of everything the request would have done. */
function insteadOf(provider: Provider, request: Judged, reply: Reply, effect: AnswerEffect): void {
  if (effect.stored) storeAnswer(provider, request, effect.answer);
  else giveKeyBack(provider, request);
  reply.fault(effect);
}

/** Step 9. */
function commit(provider: Provider, request: Judged, overrides: Overrides): Answer {
  const { arrival, account, route, prepared } = request;
  try {
    return provider.store.transaction(() => {
      const nowMs = provider.store.clock.nowMs(account);
      const { requestId, idempotencyKey } = arrival;
      const call = { account, requestId, idempotencyKey, nowMs, path: route.path, overrides, isRequest: true };
      const answer = prepared.execute({ ...provider, ...call });
      storeAnswer(provider, request, answer);
      if (arrival.method === 'POST') provider.store.journal.committed(requestId);
      return answer;
    });
  } catch (error) {
    if (!(error instanceof ApiError)) provider.log.error({ err: error, ...named(arrival) }, 'rolled back');
    // Stripe keeps what a request was answered from the moment its execution begins, its own failures included.
    const answer = errorAnswer(error instanceof ApiError ? error : serverError(500));
    storeAnswer(provider, request, answer);
    return answer;
  }
}

const named = ({ requestId, caller: { traceId, callerRequestId, attempt } }: Arrival) => ({
  ...{ request_id: requestId, caller_request_id: callerRequestId, trace_id: traceId, attempt },
});

function storeAnswer(provider: Provider, { arrival, account }: Judged, answer: Answer): void {
  const { idempotencyKey: key } = arrival;
  if (key !== undefined) provider.store.keys.finish(account, key, answer.status, answer.body);
}

function giveKeyBack(provider: Provider, { arrival, account }: Judged): void {
  if (arrival.idempotencyKey !== undefined) provider.store.keys.release(account, arrival.idempotencyKey);
}

function latencyMs(settings: Settings): number {
  return settings.latencyMs * (0.5 + Math.random());
}

function unknownRoute({ method, path }: Arrival): ApiError {
  return new ApiError(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}). The local provider does not model every endpoint of Stripe's API.`,
  });
}
