import { z } from 'zod';
import { LabError } from './errors.ts';

// What the laboratory asks of the local provider, for accounts that it has made itself.

const JournalRow = z.object({
  seq: z.number(),
  ts: z.number(),
  committedTs: z.number().nullable(),
  answeredTs: z.number().nullable(),
  requestId: z.string(),
  method: z.string(),
  path: z.string(),
  idempotencyKey: z.string().nullable(),
  committed: z.number(),
  status: z.number().nullable(),
  sent: z.string().nullable(),
  faults: z.array(z.string()),
});
export type JournalRow = z.infer<typeof JournalRow>;

const LedgerRow = z.object({
  seq: z.number(),
  kind: z.string(),
  charge: z.string(),
  order_id: z.string().nullable(),
  request_id: z.string(),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

const Delivery = z.object({
  seq: z.number(),
  id: z.string(),
  event: z.string(),
  event_type: z.string(),
  state: z.string(),
  tried: z.array(z.object({ ts: z.number(), status: z.number().nullable() })),
});
export type Delivery = z.infer<typeof Delivery>;

const ArmedFault = z.object({
  id: z.string(),
  action: z.object({ name: z.string() }),
  times: z.number(),
  hits: z.number(),
});
export type ArmedFault = z.infer<typeof ArmedFault>;

export interface FaultToArm {
  readonly match: Readonly<Record<string, string>>;
  readonly action: string | { readonly name: string; readonly ms: number };
  readonly times?: number;
}

export class ProviderAccount {
  readonly name: string;
  readonly #urls: { readonly providerUrl: string; readonly controlUrl: string };

  constructor(name: string, urls: { readonly providerUrl: string; readonly controlUrl: string }) {
    this.name = name;
    this.#urls = urls;
  }

  get secretKey(): string {
    return `sk_test_${this.name}`;
  }

  get apiBase(): string {
    return this.#urls.providerUrl;
  }

  /** Oldest first. @throws {LabError} `PROVIDER`, as do all of these */
  async journal(): Promise<JournalRow[]> {
    return (await this.#ask(z.array(JournalRow), `/journal?account=${this.name}&limit=1000`)).toReversed();
  }

  async ledger(): Promise<LedgerRow[]> {
    return await this.#ask(z.array(LedgerRow), `/ledger?account=${this.name}`);
  }

  /** Oldest first. */
  async deliveries(): Promise<Delivery[]> {
    return (await this.#ask(z.array(Delivery), `/deliveries?account=${this.name}&limit=1000`)).toReversed();
  }

  async faults(): Promise<ArmedFault[]> {
    return await this.#ask(z.array(ArmedFault), `/faults?account=${this.name}`);
  }

  async arm({ match, ...rest }: FaultToArm): Promise<void> {
    await this.#ask(z.object({ id: z.string() }), '/faults', { match: { ...match, account: this.name }, ...rest });
  }

  /** Whoever listens at `url` hears of payments. @returns what they are signed with */
  async sendEventsTo(url: string): Promise<string> {
    const form = new URLSearchParams([
      ['url', url],
      ['enabled_events[0]', 'payment_intent.created'],
      ['enabled_events[1]', 'payment_intent.succeeded'],
    ]);
    const answer = await fetch(`${this.#urls.providerUrl}/v1/webhook_endpoints`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.secretKey}` },
      body: form,
      signal: AbortSignal.timeout(5_000),
    });
    return z.object({ secret: z.string() }).parse(await answer.json()).secret;
  }

  async #ask<T>(schema: z.ZodType<T>, path: string, body?: object): Promise<T> {
    try {
      const answer = await fetch(`${this.#urls.controlUrl}${path}`, {
        ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(5_000),
      });
      if (!answer.ok) throw new LabError('PROVIDER', `${path}: ${answer.status} ${await answer.text()}`);
      return schema.parse(await answer.json());
    } catch (cause) {
      throw cause instanceof LabError ? cause : new LabError('PROVIDER', `${path}: ${String(cause)}`, { cause });
    }
  }
}
