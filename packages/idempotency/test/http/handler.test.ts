// What the table of servers cannot show: the request's own class, more arguments, ordinary handlers, options.
import { once as happens } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Hono } from 'hono';
import { NextRequest, NextResponse } from 'next/server.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { idempotencyKey, idempotent, problem, toNode } from '../../src/http.ts';
import { keptHeaders, passedStatuses } from '../../src/http-outcome.ts';
import { createOnce, type IdempotencyCode, IdempotencyError, workflow } from '../../src/index.ts';
import { aScope, codeThrown, eventually, openFixture, type PostgresTx } from '../fixture.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const once = createOnce({ database: driver.database });
const operation = 'order.create';

const post = (body: string, headers: Record<string, string> = { 'idempotency-key': 'k' }) =>
  new Request('http://localhost/orders', { method: 'POST', body, headers });

test('a Next route handler gets a NextRequest, its route’s context, and may answer with a NextResponse', async () => {
  const scope = aScope();
  type Route = { params: Promise<{ id: string }> };
  const POST = idempotent(
    once,
    { operation, scope: (request: NextRequest, _route: Route) => request.cookies.get('user')?.value ?? '' },
    async (request, tx, { params }) => {
      await driver.write(tx, scope, request.nextUrl.searchParams.get('q') ?? '');
      return NextResponse.json({ id: (await params).id, sent: await request.json() }, { status: 201 });
    },
  );
  const request = () =>
    new NextRequest('http://localhost/orders/7?q=x', {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'idempotency-key': 'k', cookie: `user=${scope}` },
    });
  const context = { params: Promise.resolve({ id: '7' }) };
  expect(await (await POST(request(), context)).json()).toEqual({ id: '7', sent: { a: 1 } });
  const again = await POST(request(), context);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(await fixture.written(scope)).toEqual(['x']);
});

test('more arguments reach scope and handler: a framework’s own context', async () => {
  const scope = aScope();
  type Env = { Variables: { user: string } };
  const create = idempotent(
    once,
    { operation, scope: (_request: Request, user: string) => user },
    async (_request, tx, user) => {
      await driver.write(tx, user);
      return Response.json({ user });
    },
  );
  const app = new Hono<Env>()
    .use(async (c, next) => {
      c.set('user', scope);
      await next();
    })
    .post('/orders', (c) => create(c.req.raw, c.get('user')));
  expect(await (await app.request(post('{}'))).json()).toEqual({ user: scope });
  expect((await app.request(post('{}'))).headers.get('idempotent-replayed')).toBe('true');
});

test('a workflow in an ordinary handler: the key from the header, refusals as problem details', async () => {
  const charge = workflow<{ tx: PostgresTx; services: object }>('order.charge')
    .input(z.object({ n: z.number() }))
    .transaction('only', async () => 'paid');
  const handle = async (request: Request): Promise<Response> => {
    try {
      const { headers } = request;
      const asked = {
        scope: headers.get('x-user') ?? '',
        key: idempotencyKey(headers),
        input: (await request.json()) as { n: number },
      };
      return Response.json(await once.run(charge, asked));
    } catch (error) {
      const refused = problem(error, 'https://api.example/docs');
      if (refused) return refused;
      throw error;
    }
  };
  const headers = { 'idempotency-key': '"k"', 'x-user': aScope() };
  expect(await (await handle(post('{"n":1}', headers))).json()).toMatchObject({ status: 'succeeded', replayed: false });
  const refused = await handle(post('{"n":2}', headers));
  expect(refused.headers.get('link')).toBe(
    '<https://api.example/docs#IDEMPOTENCY_FINGERPRINT_MISMATCH>; rel="describedby"',
  );
  expect(await refused.json()).toEqual({
    type: 'https://api.example/docs#IDEMPOTENCY_FINGERPRINT_MISMATCH',
    title: 'Idempotency-Key was used with another request',
    status: 422,
    code: 'IDEMPOTENCY_FINGERPRINT_MISMATCH',
    detail: 'this key was used with another input',
  });
});

test('problem() answers for every code as the README says, and tells nothing of the inside of a bug', async () => {
  const rows = [
    ...(await readme()).matchAll(/^\| <a id="\w+"><\/a>`([A-Z_]+)` \|.*\| (\d{3})(, Retry-After)? \|[^|]*\|$/gm),
  ];
  expect(rows.length).toBeGreaterThanOrEqual(12);
  for (const [, code, status, retry] of rows) {
    const refusal = new IdempotencyError(`IDEMPOTENCY_${code}` as IdempotencyCode, 'the inside');
    const response = problem(refusal);
    expect([code, response?.status]).toEqual([code, Number(status)]);
    expect([code, response?.headers.has('retry-after')]).toEqual([code, retry !== undefined]);
    expect([code, (await response?.text())?.includes('the inside')]).toEqual([code, Number(status) < 500]);
  }
  expect(problem(new Error('other'))).toBeUndefined();
  const late = new IdempotencyError('IDEMPOTENCY_IN_FLIGHT', 'busy', { retryAfterMs: 2_001 });
  expect(problem(late)?.headers.get('retry-after')).toBe('3');
});

test.each([{ operation: 'a b' }, { maxRequestBytes: Number.NaN }, { maxResponseBytes: -1 }, { waitMs: 60_001 }])(
  'options out of their limits are refused at construction: %j',
  (wrong) => {
    expect(() => idempotent(once, { operation, scope: () => 's', ...wrong }, async () => new Response())).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }),
    );
  },
);

test('a scope that is no function is refused at construction', () => {
  const options = { operation, scope: 'u1' as unknown as () => string };
  expect(() => idempotent(once, options, async () => new Response())).toThrow(
    expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }),
  );
});

test.each([undefined, { id: 1 }])(
  'a handler that returns %j instead of a Response has done nothing',
  async (answer) => {
    const scope = aScope();
    const POST = idempotent(once, { operation, scope: () => scope }, async (_request, tx) => {
      await driver.write(tx, scope);
      return answer as unknown as Response;
    });
    expect(await codeThrown(POST(post('{}')))).toBe('IDEMPOTENCY_OUTCOME_INVALID');
    expect(await fixture.written(scope)).toEqual([]);
    expect(await fixture.record(scope)).toBeUndefined();
  },
);

test('cookies and authentication can never be stored', () => {
  for (const name of ['Set-Cookie', 'authorization', 'WWW-Authenticate', 'Proxy-Authorization', 'content-length']) {
    const options = { operation, scope: () => 's', headers: [name] };
    expect(() => idempotent(once, options, async () => new Response())).toThrow(
      expect.objectContaining({ code: 'IDEMPOTENCY_OPTION_INVALID' }),
    );
  }
});

test('a body that somebody has read before is an error, never an empty body', async () => {
  const handle = idempotent(once, { operation, scope: () => aScope() }, async () => new Response());
  const request = post('{"n":1}');
  await request.text();
  expect(await codeThrown(handle(request))).toBe('IDEMPOTENCY_OPTION_INVALID');
});

test('a Response that the handler throws is the answer, and undoes what was written', async () => {
  const scope = aScope();
  const handle = idempotent(once, { operation, scope: () => scope }, async (_request, tx) => {
    await driver.write(tx, scope);
    throw new Response('gone', { status: 410 });
  });
  expect((await handle(post('{}'))).status).toBe(410);
  expect([await fixture.written(scope), await fixture.record(scope)]).toEqual([[], undefined]);
});

test('keep decides which statuses are outcomes', async () => {
  const scope = aScope();
  let runs = 0;
  const handle = idempotent(once, { operation, scope: () => scope, keep: (status) => status === 503 }, async () => {
    runs++;
    return new Response(null, { status: 503 });
  });
  await handle(post('{}'));
  expect((await handle(post('{}'))).headers.get('idempotent-replayed')).toBe('true');
  expect(runs).toBe(1);
});

test('a caller who breaks off while sending has sent nothing', async () => {
  let runs = 0;
  const errors: unknown[] = [];
  const scope = aScope();
  const handle = idempotent(once, { operation, scope: () => scope }, async () => {
    runs++;
    return new Response();
  });
  const { server, port, close } = await listening(handle, (error) => void errors.push(error));
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nhost: a\r\nidempotency-key: k\r\ncontent-length: 100\r\n\r\n{"half":');
  await happens(server, 'request');
  socket.destroy();
  await eventually(() => errors.length > 0);
  close();
  expect([runs, await fixture.record(scope)]).toEqual([0, undefined]);
});

test.each([
  ['//evil.example/x', 'not a host', '//evil.example/x'],
  ['/a//b?c=%2F', 'user:pass@host', '/a//b?c=%2F'],
  ['http://user:pass@other.example/x?y', 'a', '/x?y'],
  ['*', '[::1]:80', '/'],
])('the target %s of a request to host %s is taken as it was sent', async (target, host, expected) => {
  const seen: string[] = [];
  const { port, close } = await listening(async (request) => {
    const { pathname, search } = new URL(request.url);
    seen.push(pathname + search);
    return new Response();
  });
  const socket = connect(port, '127.0.0.1');
  socket.write(`OPTIONS ${target} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  await new Promise((resolve) => socket.resume().once('close', resolve));
  close();
  expect(seen).toEqual([expected]);
});

test('a listener answers 500 to what a handler throws, and tells of it', async () => {
  const errors: unknown[] = [];
  const broken = new Error('on purpose');
  const { port, close } = await listening(
    () => Promise.reject(broken),
    (error) => void errors.push(error),
  );
  const { status } = await fetch(`http://127.0.0.1:${port}/`);
  close();
  expect([status, errors]).toEqual([500, [broken]]);
});

async function listening(
  handle: (request: Request) => Promise<Response>,
  onError: (error: unknown) => void = () => {},
) {
  const server = createServer(toNode(handle, onError)).listen(0, '127.0.0.1');
  await happens(server, 'listening');
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { server, close, port: (server.address() as AddressInfo).port };
}

test('the README lists the statuses that pass and the headers that are kept', async () => {
  expect(await readme()).toContain(`5xx, ${passedStatuses.join(', ')}`);
  expect(await readme()).toContain(keptHeaders.map((name) => `\`${name}\``).join(', '));
});

const readme = () => readFile(new URL('../../README.md', import.meta.url), 'utf8');
