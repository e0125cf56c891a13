// A route that does what its request says, on any kind of server.
import type { Driver, gate, PostgresTx } from '../fixture.ts';
import type { Routes } from './servers.ts';

export interface Order {
  /** Written in the transaction. */
  readonly note: string;
  readonly status?: number;
  /** Statuses of the tries, one after the other; then 201. */
  readonly statuses?: number[];
  readonly body?: 'binary' | 'stream' | 'events' | 'large' | 'none' | 'broken';
  readonly throws?: boolean;
}

export const bytes = Uint8Array.from({ length: 512 }, (_, at) => at % 256);

/** The routes, and what tests look at and meddle with, by scope. */
export function ordersOver(driver: Driver<PostgresTx>) {
  /** How often the handler has run. */
  const tries = new Map<string, number>();
  /** Whose next run fails to serialize. */
  const failOnce = new Set<string>();
  /** Whose runs wait. */
  const held = new Map<
    string,
    { readonly entered: ReturnType<typeof gate>; readonly leave: ReturnType<typeof gate> }
  >();

  async function order(request: Request, tx: PostgresTx): Promise<Response> {
    const scope = scopeOf(request);
    if (request.method === 'GET') return Response.json({ seen: (await tx`select 1 as one`)[0] });
    const sent = await request.text();
    const { note, status, statuses, body, throws } = (
      sent.startsWith('{') ? JSON.parse(sent) : { note: 'binary' }
    ) as Order;
    await driver.write(tx, scope, note);
    const run = (tries.get(scope) ?? 0) + 1;
    tries.set(scope, run);
    const hold = held.get(scope);
    if (hold) {
      hold.entered.open();
      await hold.leave.passed;
    }
    if (failOnce.delete(scope)) await tx`do $$ begin raise serialization_failure; end $$`;
    if (throws && run === 1) throw new Error('on purpose');
    const headers = {
      'content-type': 'application/json',
      location: `/orders/${run}`,
      etag: '"1"',
      'x-kept': 'yes',
      'x-run': String(run),
      'set-cookie': 'session=secret',
      'www-authenticate': 'Basic',
    };
    return new Response(bodyOf(body, run), {
      status: statuses?.[run - 1] ?? status ?? 201,
      headers: typed(headers, body),
    });
  }

  const routes: Routes<PostgresTx> = {
    '/orders': { options: { operation: 'order.create', scope: scopeOf, headers: ['X-Kept'] }, handler: order },
    '/now': { options: { operation: 'order.now', scope: scopeOf, waitMs: 0 }, handler: order },
    '/optional': { options: { operation: 'order.optional', scope: scopeOf, required: false }, handler: order },
    '/small': {
      options: { operation: 'order.small', scope: scopeOf, maxRequestBytes: 100, maxResponseBytes: 1_000 },
      handler: order,
    },
  };
  return { tries, failOnce, held, routes };
}

const scopeOf = (request: Request) => {
  const user = request.headers.get('x-user');
  if (user === null) throw new Response('who are you?', { status: 401 });
  return user;
};

const typed = (headers: Record<string, string>, body: Order['body']) =>
  body === 'events' ? { ...headers, 'content-type': 'text/event-stream; charset=utf-8' } : headers;

function bodyOf(body: Order['body'], run: number) {
  const chunks = (...parts: string[]) => ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));
  switch (body) {
    case 'none':
      return null;
    case 'binary':
      return bytes;
    case 'stream':
      return chunks('\ufeff', `{"run": ${run}, `, '"ü":"\u0000"}');
    case 'events':
      return chunks('data: 1\n\n');
    case 'large':
      return 'x'.repeat(2_000);
    case 'broken':
      return new ReadableStream({ pull: (controller) => controller.error(new Error('the upstream broke')) });
    case undefined:
      return `{"run":${run}, "b":1,"a":2 }`;
  }
}
