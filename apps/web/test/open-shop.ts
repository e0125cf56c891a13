import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { seed } from '@once/db/seed';
import { testDatabase } from '@once/local-postgres/testing';
import { createTRPCClient, httpBatchLink, httpLink, splitLink } from '@trpc/client';
import { sql } from 'drizzle-orm';
import superjson from 'superjson';
import { readEnv } from '#env.ts';
import type { AppRouter } from '#server/api/router.ts';
import { createStorefront, type Storefront } from '#server/storefront.ts';
import { headersOf } from '#trpc/client.ts';

export const HOST = 'http://shop.test';

export interface OpenShop {
  readonly storefront: Storefront;
  /** A request to the API, as it would come in over HTTP. */
  readonly call: (path: string, init?: RequestInit) => Promise<Response>;
  /** How many rows every table has. */
  readonly rowCounts: () => Promise<Record<string, number>>;
  readonly providerUrl: string;
  /** Where faults are armed. */
  readonly controlUrl: string;
}

/** The web app's API over a database of its own with the seeded shop in it, beside a real provider process. */
export async function openShop(
  variables: Readonly<Record<string, string>> = {},
): Promise<OpenShop & { close(): Promise<void> }> {
  const { url } = await testDatabase('shop');
  await seed(url);
  const dataDir = mkdtempSync(join(tmpdir(), 'once-web-'));
  const provider = await startProvider(dataDir, variables);
  const storefront = createStorefront(
    readEnv({
      DATABASE_URL: `${url}?max=5`,
      PUBLIC_URL: HOST,
      STRIPE_SECRET_KEY: 'sk_test_web',
      STRIPE_API_BASE: provider.url,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      ...variables,
    }),
  );
  return {
    storefront,
    providerUrl: provider.url,
    controlUrl: provider.controlUrl,
    call: (path, init) => storefront.api(new Request(`${HOST}/api/trpc/${path}`, init)),
    rowCounts: () => rowCounts(storefront),
    async close() {
      await storefront.shop.db.$client.end({ timeout: 5 });
      provider.child.kill('SIGTERM');
      if (provider.child.exitCode === null) await once(provider.child, 'exit');
    },
  };
}

/** Somebody with a browser: keeps their cookie, and may lose answers on the way back. */
export class Guest {
  readonly #shop: OpenShop;
  cookie: string | undefined;
  /** Called before a request leaves; what it throws is what the browser sees instead of an answer. */
  onSend: (url: string, headers: Headers) => void = () => {};
  /** Called with every answer; what it throws is what the browser sees instead of it. */
  onAnswer: (url: string, answer: Response) => void = () => {};

  constructor(shop: OpenShop) {
    this.#shop = shop;
  }

  readonly api = createTRPCClient<AppRouter>({
    links: [
      splitLink({
        condition: ({ type }) => type === 'query',
        true: httpBatchLink({ url: `${HOST}/api/trpc`, transformer: superjson, fetch: (...to) => this.#fetch(...to) }),
        false: httpLink({
          ...{ url: `${HOST}/api/trpc`, transformer: superjson, headers: headersOf },
          fetch: (...to) => this.#fetch(...to),
        }),
      }),
    ],
  });

  /** A raw mutation, with whatever input. */
  async send(procedure: string, input: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return await this.#request(`${HOST}/api/trpc/${procedure}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ json: input }),
    });
  }

  /** A raw query, with whatever input. */
  async ask(procedure: string, input: unknown): Promise<Response> {
    const search = new URLSearchParams({ input: JSON.stringify({ json: input }) });
    return await this.#request(`${HOST}/api/trpc/${procedure}?${search}`, { method: 'GET' });
  }

  /** A checkout with one print in it, filled in and ready to be paid. */
  async isReadyToPay(slug: string, number?: number): Promise<string> {
    await this.api.cart.add.mutate({ slug, ...(number !== undefined && { number }) });
    const { checkoutId } = await this.api.checkout.start.mutate();
    await this.api.checkout.update.mutate({ checkoutId, contact: CONTACT, shippingMethod: 'tracked' });
    return checkoutId;
  }

  async #fetch(input: RequestInfo | URL, init?: object): Promise<Response> {
    return await this.#request(input instanceof Request ? input.url : input.toString(), init as RequestInit);
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    this.onSend(url, headers);
    if (this.cookie) headers.set('cookie', this.cookie);
    const answer = await this.#shop.call(url.slice(`${HOST}/api/trpc/`.length), { ...init, headers });
    this.onAnswer(url, answer);
    this.#keep(answer);
    return answer;
  }

  /** Signs in, or does what leads there; a try at another client address each time, unless it says which. */
  async account(endpoint: string, input: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const request = new Request(`${HOST}/api/auth/${endpoint}`, {
      method: 'POST',
      headers: {
        ...{ 'content-type': 'application/json', origin: HOST, 'x-forwarded-for': anyAddress() },
        ...(this.cookie && { cookie: this.cookie }),
        ...headers,
      },
      body: JSON.stringify(input),
    });
    const answer = await this.#shop.storefront.auth(request);
    this.#keep(answer);
    return answer;
  }

  /** As a browser does: by name, and one that is set to end at once is gone. */
  #keep(answer: Response): void {
    const jar = new Map((this.cookie ?? '').split('; ').filter(Boolean).map(named));
    for (const set of answer.headers.getSetCookie()) {
      const [name, value] = named(set.split(';')[0] ?? '');
      if (/;\s*max-age=0/i.test(set)) jar.delete(name);
      else jar.set(name, value);
    }
    this.cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ') || undefined;
  }
}

const named = (pair: string): [name: string, value: string] => {
  const [name = '', ...value] = pair.split('=');
  return [name, value.join('=')];
};

const anyAddress = (): string => `2001:db8:${[1, 2, 3].map(() => randomInt(65_536).toString(16)).join(':')}::1`;

export const CONTACT = {
  email: 'mira@example.org',
  name: 'Mira Aldenkamp-Vasquez',
  line1: 'Lange Straße 118',
  line2: null,
  postalCode: '10117',
  city: 'Berlin',
  region: null,
  country: 'DE',
} as const;

async function rowCounts({ shop }: Storefront): Promise<Record<string, number>> {
  const tables = await shop.db.execute<{ name: string }>(sql`
    select format('%I.%I', schemaname, tablename) as name from pg_tables
    where schemaname in ('public', 'idempotency') order by 1`);
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const [row] = await shop.db.execute<{ count: number }>(sql.raw(`select count(*)::int as count from ${name}`));
    counts[name] = row?.count ?? -1;
  }
  return counts;
}

async function startProvider(
  dataDir: string,
  variables: Readonly<Record<string, string>>,
): Promise<{ url: string; controlUrl: string; child: ChildProcess }> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: fileURLToPath(new URL('../../provider', import.meta.url)),
    env: {
      ...process.env,
      PROVIDER_PORT: '0',
      PROVIDER_CONTROL_PORT: '0',
      DATA_DIR: dataDir,
      PROVIDER_LATENCY_MS: '0',
      ...variables,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said: unknown = JSON.parse(line);
    if (typeof said === 'object' && said !== null && 'port' in said && 'control_port' in said) {
      child.stdout.resume();
      const at = (port: unknown) => `http://127.0.0.1:${String(port)}`;
      return { url: at(said.port), controlUrl: at(said.control_port), child };
    }
  }
  throw new ProviderStartError('the provider ended before it listened');
}

class ProviderStartError extends Error {
  readonly code = 'PROVIDER_START';
}
