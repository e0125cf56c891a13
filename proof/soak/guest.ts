import type { ClientLog } from './client-log.ts';

/** What came back; undefined: nothing, the connection broke. */
export type Told = Answered | undefined;

interface Answered {
  readonly status: number;
  /** The shop's own code of a refusal. */
  readonly errorCode: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Sending {
  readonly signal?: AbortSignal;
}

/** Longer than the shop takes for any answer. */
const GIVE_UP_MS = 20_000;

export const emailOf = (shopper: number): string => `soak-${shopper}@example.org`;

/** A browser without a page: keeps its cookie, speaks to the shop's API, and writes down what it was told. */
export class Guest {
  readonly shopper: number;
  readonly #webUrl: string;
  readonly #log: ClientLog;
  #cookie = '';

  constructor(shopper: number, webUrl: string, log: ClientLog) {
    this.shopper = shopper;
    this.#webUrl = webUrl;
    this.#log = log;
  }

  get cookie(): string {
    return this.#cookie;
  }

  async mutate(procedure: string, input: Readonly<Record<string, unknown>> = {}, sending: Sending = {}): Promise<Told> {
    const body = JSON.stringify({ json: Object.keys(input).length > 0 ? input : undefined });
    const request = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
    return await this.#ask(procedure, input, `/api/trpc/${procedure}`, request, sending);
  }

  async query(procedure: string, input: Readonly<Record<string, unknown>>): Promise<Told> {
    const search = encodeURIComponent(JSON.stringify({ json: input }));
    return await this.#ask(procedure, input, `/api/trpc/${procedure}?input=${search}`, {}, {});
  }

  /** Back from the bank. Where it leads does not matter: the page asks for itself. */
  async returns(checkoutId: string): Promise<void> {
    await this.#ask('return', { checkoutId }, `/checkout/${checkoutId}/return`, { redirect: 'manual' }, {});
  }

  async #ask(
    procedure: string,
    input: Readonly<Record<string, unknown>>,
    path: string,
    request: Omit<RequestInit, 'headers'> & { readonly headers?: Readonly<Record<string, string>> },
    { signal }: Sending,
  ): Promise<Told> {
    const limit = AbortSignal.timeout(GIVE_UP_MS);
    let told: Told;
    let text = '';
    try {
      const response = await fetch(`${this.#webUrl}${path}`, {
        ...request,
        headers: { ...request.headers, cookie: this.#cookie },
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      text = await response.text();
      this.#cookie = response.headers.getSetCookie()[0]?.split(';', 1)[0] ?? this.#cookie;
      told = read(response.status, text);
    } catch {
      told = undefined; // refused, reset, cut off, or too late
    }
    this.#write(procedure, input, told, text);
    return told;
  }

  #write(procedure: string, input: Readonly<Record<string, unknown>>, told: Told, text: string): void {
    const data = told?.data ?? {};
    const others = [...text.matchAll(/soak-(\d+)@example/g)].map(([, shopper]) => Number(shopper));
    this.#log.add({
      at: Date.now(),
      shopper: this.shopper,
      procedure,
      checkoutId: textOf(input['checkoutId']),
      key: textOf(input['idempotencyKey']),
      token: textOf(input['confirmationToken']),
      totalMinor: (input['expectedTotalMinor'] as number | undefined) ?? null,
      status: told?.status ?? null,
      errorCode: told?.errorCode ?? null,
      answer: textOf(data['answer']),
      reason: textOf(data['reason']),
      last4: textOf(data['last4']),
      others: others.filter((shopper) => shopper !== this.shopper),
    });
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

interface Body {
  readonly result?: { readonly data?: { readonly json?: Record<string, unknown> } };
  readonly error?: { readonly json?: { readonly data?: { readonly errorCode?: string } } };
}

function read(status: number, text: string): Told {
  const body = parsed(text);
  return { status, errorCode: body.error?.json?.data?.errorCode, data: body.result?.data?.json ?? {} };
}

function parsed(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return {}; // a page
  }
}
