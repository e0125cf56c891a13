// Sends what is queued, several at a time, each until its endpoint has answered 2xx or its tries are used up. A delivery
// is settled by the row that is written after the answer: killed in between, it is sent again, as Stripe does.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Settings } from '../env.ts';
import { asAnswered, type StoredEvent } from '../events.ts';
import type { Faults, SigningEffect } from '../faults/fault.ts';
import type { Store } from '../store.ts';
import type { Delivery, Try } from './deliveries.ts';
import type { Endpoint } from './endpoints.ts';
import { faultable } from './queue.ts';
import { signatureHeader } from './signature.ts';

const CONCURRENCY = 8;
const AFTER_FAILURE_MS = 1_000;

interface Services {
  readonly store: Store;
  readonly settings: Settings;
  readonly faults: Faults;
  readonly log: Logger;
}

export class Dispatcher {
  readonly #services: Services;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #sending = new Set<AbortController>();
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #isStopping = false;
  #isCut = false;

  constructor(services: Services) {
    this.#services = services;
    services.store.deliveries.onQueued(() => this.#wakeSoon());
  }

  /** Starts what is due, and comes back by itself for what is not. */
  wake(): void {
    if (this.#isStopping) return;
    try {
      this.#startDue();
    } catch (error) {
      // Somebody has held the file for longer than it is waited for: what is due stays due.
      this.#services.log.error({ err: error }, 'cannot read the queue of webhooks');
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.wake(), AFTER_FAILURE_MS);
    }
  }

  /** Not at once: the request that has queued something is answered first, and cannot fail by what comes after it. */
  #wakeSoon(): void {
    this.#immediate ??= setImmediate(() => {
      this.#immediate = undefined;
      this.wake();
    });
  }

  #startDue(): void {
    const { deliveries } = this.#services.store;
    const free = CONCURRENCY - this.#underWay.size;
    // What is under way is still due as far as the file knows, so as many more have to be looked at.
    const due = free > 0 ? deliveries.due(CONCURRENCY + this.#underWay.size) : [];
    for (const id of due.filter((each) => !this.#underWay.has(each)).slice(0, Math.max(free, 0))) void this.#start(id);
    clearTimeout(this.#timer);
    const nextMs = deliveries.nextDueMs();
    if (nextMs !== undefined) this.#timer = setTimeout(() => this.wake(), Math.min(nextMs - Date.now(), 60_000) + 1);
  }

  /** Waits until what has to go out before the answer to this request has been tried. */
  async beforeResponse(requestId: string): Promise<void> {
    const ids = this.#isStopping ? [] : this.#services.store.deliveries.beforeResponse(requestId);
    await Promise.all(ids.map((id) => this.#underWay.get(id) ?? this.#start(id)));
  }

  /** Begins nothing more. What is under way may end for `graceMs`, then it is cut off; the next start sends it again. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    const cut = setTimeout(() => {
      this.#isCut = true;
      for (const each of this.#sending) each.abort();
    }, graceMs);
    await Promise.all(this.#underWay.values());
    clearTimeout(cut);
  }

  #start(id: string): Promise<void> {
    const trying = this.#try(id)
      .catch((error: unknown) => {
        this.#services.log.error({ err: error, delivery: id }, 'delivery failed');
        // It is still due: without a pause it would be begun again at once, and for ever.
        return pause(AFTER_FAILURE_MS);
      })
      .finally(() => {
        this.#underWay.delete(id);
        this.wake();
      });
    this.#underWay.set(id, trying);
    return trying;
  }

  async #try(id: string): Promise<void> {
    const { store, faults, settings } = this.#services;
    const delivery = store.deliveries.get(id);
    if (delivery?.state !== 'pending') return;
    const { account } = delivery;
    const endpoint = store.objects.get<Endpoint>(account, 'webhook_endpoint', delivery.endpoint);
    const event = store.objects.get<StoredEvent>(account, 'event', delivery.event);
    if (!endpoint) return store.deliveries.cancelFor(delivery.endpoint);
    if (!event) throw new EventLostError(delivery.event);
    const fault = await faults.at('webhook', faultable(delivery));
    const startedMs = Date.now();
    const answer = await this.#send(endpoint.url, ...this.#signed(delivery, event, fault));
    // Cut off by our own end: what became of it is unknown, so it stays as it was.
    if (this.#isCut && answer.status === null) return;
    const result: Try = { ts: startedMs, took_ms: Date.now() - startedMs, fault: fault?.name ?? null, ...answer };
    store.transaction(() => store.deliveries.tried(delivery, result, after(delivery, answer, settings)));
  }

  #signed(delivery: Delivery, event: StoredEvent, fault: SigningEffect | undefined): [string, string] {
    const { store } = this.#services;
    // Laid out as Stripe's are: whoever parses and writes it again before he checks the signature finds that out here.
    const body = JSON.stringify(asAnswered({ store }, event), null, 2);
    const secrets = {
      valid: () => store.secrets.valid(delivery.endpoint),
      old: () => [store.secrets.old(delivery.endpoint) ?? ''],
      nobodys: () => [randomBytes(24).toString('hex')],
    }[fault ? (fault.secret ?? 'nobodys') : 'valid']();
    return [body, signatureHeader(body, Date.now() - (fault?.ageMs ?? 0), secrets)];
  }

  async #send(url: string, body: string, signature: string): Promise<Pick<Try, 'status' | 'failure'>> {
    // One of its own, ended with the request: AbortSignal.timeout and .any would each live on for all of the time-out.
    const abort = new AbortController();
    const timeout = setTimeout(() => abort.abort(new TimedOutError()), this.#services.settings.webhookTimeoutMs);
    this.#sending.add(abort);
    try {
      const response = await fetch(url, {
        method: 'POST',
        body,
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'stripe-signature': signature,
          'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
        },
        // A redirect is a failure at Stripe, too.
        redirect: 'manual',
        signal: abort.signal,
      });
      await response.body?.cancel();
      return { status: response.status, failure: null };
    } catch (error) {
      return { status: null, failure: reasonOf(error) };
    } finally {
      clearTimeout(timeout);
      this.#sending.delete(abort);
    }
  }
}

/** A delivery names an event that is not in the file. */
class EventLostError extends Error {
  readonly code = 'PROVIDER_EVENT_LOST';
}

/** The endpoint has not answered in time. */
class TimedOutError extends Error {
  readonly code = 'timed out';
}

function after(
  delivery: Delivery,
  { status }: Pick<Try, 'status'>,
  { webhookRetriesMs }: Settings,
): { state: 'succeeded' | 'pending' | 'failed'; dueMs: number } {
  if (status !== null && status >= 200 && status < 300) return { state: 'succeeded', dueMs: Date.now() };
  const pauseMs = webhookRetriesMs[delivery.tries];
  if (pauseMs === undefined) return { state: 'failed', dueMs: Date.now() };
  return { state: 'pending', dueMs: Date.now() + pauseMs };
}

/** `fetch failed` says nothing: the cause has the code. */
function reasonOf(error: unknown): string {
  if (error instanceof TimedOutError) return error.code;
  const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? message;
}
