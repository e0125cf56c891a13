import { createTRPCClient, httpLink } from '@trpc/client';
import superjson from 'superjson';
import type { AppRouter } from '#server/api/router.ts';
import { type BrowserEntry, EXCHANGE_HEADER, type ShopName } from './run.ts';

/** What this browser sends to a sandbox and what comes back, as it saw it. */
export class BrowserLog {
  readonly #entries: BrowserEntry[] = [];
  #taken = 0;
  #exchanges = 0;

  /** Entries that nobody has taken yet. */
  take(): BrowserEntry[] {
    const fresh = this.#entries.slice(this.#taken, this.#taken + 200);
    this.#taken += fresh.length;
    return fresh;
  }

  note(shop: ShopName, who: 'A' | 'B', text: string): void {
    this.#entries.push({ shop, who, exchange: this.nextExchange(), atMs: now(), what: 'note', text, key: null });
  }

  add(...entries: readonly BrowserEntry[]): void {
    this.#entries.push(...entries);
  }

  nextExchange(): string {
    this.#exchanges += 1;
    return `x${this.#exchanges}`;
  }
}

export const now = (): number => performance.timeOrigin + performance.now();

/** The shop's own API, spoken to a sandbox, by one of two tabs or guests. */
export interface Tab {
  readonly who: 'A' | 'B';
  readonly api: ReturnType<typeof createTRPCClient<AppRouter>>;
  /** Cuts every connection that is open, and makes none until it is back. */
  readonly wifi: { off(): void; on(): void };
}

/** @param shown procedures that are told of, beside paying */
export function openTab(run: string, who: 'A' | 'B', log: BrowserLog, shown: readonly string[] = []): Tab {
  const url = `/api/lab/${run}/once/${who}/api/trpc`;
  let network = new AbortController();
  const logged = loggedFetch(who, log, ['checkout.pay', 'checkout.status', ...shown]);
  return {
    who,
    api: createTRPCClient<AppRouter>({
      links: [
        httpLink({
          url,
          transformer: superjson,
          fetch: async (input, init) => {
            if (network.signal.aborted) throw new TypeError('offline');
            const { signal: given, ...rest } = (init ?? {}) as RequestInit;
            const signal = AbortSignal.any([network.signal, ...(given ? [given] : [])]);
            return await logged(input as string, { ...rest, signal });
          },
        }),
      ],
    }),
    wifi: {
      off: () => network.abort(),
      on: () => {
        network = new AbortController();
      },
    },
  };
}

const SAID: Readonly<Record<string, string>> = {
  'cart.add': 'Take the last copy',
  'checkout.start': 'Check out',
  'checkout.pay': 'Pay €152.00',
  'checkout.status': 'How is my order?',
};

function loggedFetch(who: 'A' | 'B', log: BrowserLog, shown: readonly string[]) {
  let heardLast: string | undefined;
  return async (url: string, init: RequestInit): Promise<Response> => {
    const procedure = new URL(url, location.origin).pathname.split('/').at(-1) ?? '';
    const text = shown.includes(procedure) ? SAID[procedure] : undefined;
    if (!text) return await fetch(url, init);
    const base = { shop: 'once', who, exchange: log.nextExchange() } as const;
    const sent = { ...base, atMs: now(), what: 'sent', text, key: keyIn(init.body) } as const;
    // A question is asked again and again: what is told of it is an answer that is another one.
    const isPoll = procedure === 'checkout.status';
    if (!isPoll) log.add(sent);
    try {
      const headers = new Headers(init.headers);
      headers.set(EXCHANGE_HEADER, base.exchange);
      const response = await fetch(url, { ...init, headers });
      const heard = await answerIn(response.clone());
      if (isPoll && heard === heardLast) return response;
      heardLast = heard;
      const got = {
        ...base,
        atMs: now(),
        what: response.status === 502 ? 'lost' : 'got',
        text: heard,
        key: null,
      } as const;
      log.add(...(isPoll ? [sent, got] : [got]));
      return response;
    } catch (error) {
      const lost = { ...base, atMs: now(), what: 'lost', text: 'No answer', key: null } as const;
      log.add(...(isPoll ? [sent, lost] : [lost]));
      throw error;
    }
  };
}

function keyIn(body: RequestInit['body']): string | null {
  if (typeof body !== 'string') return null;
  return /"idempotencyKey":"([^"]{1,60})"/.exec(body)?.[1] ?? null;
}

async function answerIn(response: Response): Promise<string> {
  if (response.status === 502) return 'Connection broken';
  const { result, error } = (await response.json()) as {
    result?: {
      data: { json: { answer?: string; how?: string; reason?: string; checkoutId?: string; number?: number } };
    };
    error?: { json: { data: { errorCode?: string } } };
  };
  if (error)
    return REFUSED[error.json.data.errorCode ?? ''] ?? `Refused: ${error.json.data.errorCode ?? response.status}`;
  const { answer, how, reason, checkoutId = '', number } = result?.data.json ?? {};
  if (number !== undefined) return `No. ${number} is held for you`;
  if (!answer) return `Checkout …${checkoutId.slice(-4)}`;
  return ANSWERED[`${answer} ${how ?? reason ?? ''}`.trim()] ?? ANSWERED[answer] ?? answer;
}

const ANSWERED: Readonly<Record<string, string>> = {
  'paid succeeded': 'Paid once',
  'paid recovered': 'Paid once, recovered',
  'paid already_paid': 'Already paid, once',
  processing: 'On its way',
  unknown: 'Not known yet, asking',
  requires_action: 'Your bank wants to see you',
  declined: 'Declined, not charged',
  'changed hold_ended': 'Hold ended, not charged',
  'changed copy_sold': 'Sold to someone else, not charged',
  'changed cancelled': 'Cancelled, not charged',
  cancelled: 'Cancelled, not charged',
  open: 'Nothing was sent yet',
};

const REFUSED: Readonly<Record<string, string>> = {
  KEY_REUSED: '422: this key has a card already',
  COPY_HELD: 'Held by someone else',
  COPY_SOLD: 'Sold to someone else',
  ALL_HELD: 'Held by someone else',
  SOLD_OUT: 'Sold to someone else',
  CHECKOUT_ENDED: 'This checkout has ended',
  UNAVAILABLE: '503: try again',
};
