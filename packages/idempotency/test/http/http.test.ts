import { once as happens } from 'node:events';
import { request as nodeRequest } from 'node:http';
import { describe, expect, test } from 'vitest';
import { passedStatuses } from '../../src/http-outcome.ts';
import { aScope, eventually, gate, onceOver, openFixture } from '../fixture.ts';
import { bytes, type Order, ordersOver } from './orders.ts';
import { kinds, serveOn } from './servers.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const { once } = onceOver(driver);
const { tries, failOnce, held, routes } = ordersOver(driver);

describe.each(kinds)('%s', async (kind) => {
  const served = await serveOn(kind, once, routes);

  async function post(scope: string, sent: Order | string | Uint8Array<ArrayBuffer>, more: Post = {}) {
    const { key = 'k', path = '/orders', type = 'application/json', method = 'POST' } = more;
    const body = typeof sent === 'string' || sent instanceof Uint8Array ? sent : JSON.stringify(sent);
    const headers = {
      'content-type': type,
      ...(scope !== '' && { 'x-user': scope }),
      ...(key !== null && { 'idempotency-key': key }),
    };
    const response = await served.fetch(path, { method, body, headers, redirect: 'manual' });
    return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
  }

  test('a replay has the status, the bytes and the kept headers of the first answer, and says that it is one', async () => {
    const scope = aScope();
    const first = await post(scope, { note: 'a' });
    const again = await post(scope, { note: 'a' });
    expect(first.status).toBe(201);
    expect(first.bytes.toString()).toBe('{"run":1, "b":1,"a":2 }');
    expect([again.status, again.bytes]).toEqual([first.status, first.bytes]);
    for (const { headers } of [first, again]) {
      expect(headers.get('content-type')).toBe('application/json');
      expect([headers.get('location'), headers.get('etag'), headers.get('x-kept')]).toEqual([
        '/orders/1',
        '"1"',
        'yes',
      ]);
      expect([headers.get('set-cookie'), headers.get('www-authenticate'), headers.get('x-run')]).toEqual([
        null,
        null,
        null,
      ]);
    }
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(await fixture.written(scope)).toEqual(['a']);
  });

  test('a key in quotes is the key without them', async () => {
    const scope = aScope();
    await post(scope, { note: 'a' }, { key: '"8e03978e-40d5-43dd-bc93-6894a57f9324"' });
    const again = await post(scope, { note: 'a' }, { key: '8e03978e-40d5-43dd-bc93-6894a57f9324' });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await fixture.written(scope)).toEqual(['a']);
  });

  test('another body, path, query, method or content type under the same key is refused with 422', async () => {
    const scope = aScope();
    await post(scope, { note: 'a' });
    const others = [
      await post(scope, { note: 'b' }),
      await post(scope, { note: 'a' }, { path: '/orders?coupon=1' }),
      await post(scope, { note: 'a' }, { method: 'PUT' }),
      await post(scope, { note: 'a' }, { type: 'application/vnd.shop+json' }),
    ];
    if (kind !== 'Express behind a parser' && kind !== 'Fastify') others.push(await post(scope, '{"note": "a"}'));
    // Fastify refuses what it has no parser for before it asks anybody.
    const answers = others.filter(({ status }) => status !== 415);
    expect(answers.length).toBeGreaterThanOrEqual(3);
    for (const { status, headers, bytes: body } of answers) {
      expect(status).toBe(422);
      expect(headers.get('content-type')).toBe('application/problem+json');
      const { type, code } = JSON.parse(body.toString()) as { type: string; code: string };
      expect(code).toBe('IDEMPOTENCY_FINGERPRINT_MISMATCH');
      expect(headers.get('link')).toBe(`<${type}>; rel="describedby"`);
    }
    expect(await fixture.written(scope)).toEqual(['a']);
  });

  test('without a key, with a malformed one or with two, it is refused with 400 and nothing runs', async () => {
    const scope = aScope();
    for (const key of [null, '', 'a b', '"a', 'a, b', 'k'.repeat(256), '"a" b', '"a", "b"']) {
      const { status, headers, bytes: body } = await post(scope, { note: 'a' }, { key });
      expect([key, status]).toEqual([key, 400]);
      expect(headers.get('content-type')).toBe('application/problem+json');
      expect(JSON.parse(body.toString())).toMatchObject({ status: 400, code: 'IDEMPOTENCY_KEY_INVALID' });
    }
    expect(await fixture.written(scope)).toEqual([]);
  });

  test('two scopes never meet under one key', async () => {
    const [one, other] = [aScope(), aScope()];
    await post(one, { note: 'a' });
    const theirs = await post(other, { note: 'b' });
    expect([theirs.status, theirs.headers.get('idempotent-replayed')]).toEqual([201, null]);
    expect(await fixture.written(other)).toEqual(['b']);
  });

  test('who is refused by the scope hears that and nothing else, with a key or without', async () => {
    const scope = aScope();
    await post(scope, { note: 'a' });
    for (const path of ['/orders', '/optional'])
      for (const key of ['k', null]) {
        const stranger = await post('', { note: 'a' }, { path, key });
        expect([stranger.status, stranger.bytes.toString()]).toEqual([401, 'who are you?']);
      }
    expect((await served.fetch('/orders')).status).toBe(401);
  });

  test.each([500, 503, ...passedStatuses])(
    '%i is no outcome: undone, passed through, and tried again',
    async (status) => {
      const scope = aScope();
      const first = await post(scope, { note: 'a', statuses: [status] });
      expect([first.status, first.headers.get('set-cookie')]).toEqual([status, 'session=secret']);
      expect(await fixture.written(scope)).toEqual([]);
      const second = await post(scope, { note: 'a', statuses: [status] });
      expect([second.status, second.headers.get('idempotent-replayed')]).toEqual([201, null]);
      expect(await fixture.written(scope)).toEqual(['a']);
    },
  );

  test.each([200, 303, 400, 402, 404, 410, 422])('%i is an outcome, and stored', async (status) => {
    const scope = aScope();
    const sent = { note: 'a', statuses: [status] };
    const first = await post(scope, sent);
    const again = await post(scope, sent);
    expect([first.status, again.status, again.headers.get('idempotent-replayed')]).toEqual([status, status, 'true']);
    expect(await fixture.record(scope)).toMatchObject({ state: status < 400 ? 2 : 3 });
  });

  test.each(['binary', 'stream', 'none'] as const)('a body that is %s is replayed to the byte', async (body) => {
    const scope = aScope();
    const sent = { note: 'a', body, ...(body === 'none' && { status: 204 }) };
    const first = await post(scope, sent);
    const again = await post(scope, sent);
    const expected = {
      binary: Buffer.from(bytes),
      stream: Buffer.from('\ufeff{"run": 1, "ü":"\u0000"}'),
      none: Buffer.alloc(0),
    }[body];
    expect([first.bytes, again.bytes]).toEqual([expected, expected]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  test.each(['events', 'large', 'broken'] as const)('a body of kind %s cannot be stored: 500, undone', async (body) => {
    const scope = aScope();
    const { status } = await post(scope, { note: 'a', body }, { path: '/small' });
    expect([status, await fixture.written(scope), await fixture.record(scope)]).toEqual([500, [], undefined]);
  });

  test('a request over the limit is answered with 413, announced or not, and nothing runs', async () => {
    const scope = aScope();
    const large = { note: 'x'.repeat(100_000) };
    const announced = await post(scope, large, { path: '/small' });
    expect(announced.status).toBe(413);
    expect(announced.headers.get('content-type')).toBe('application/problem+json');
    if (served.port !== undefined) {
      expect(await chunked(served.port, '/small', scope, JSON.stringify(large))).toBe(413);
    }
    expect(await fixture.written(scope)).toEqual([]);
  });

  test('binary requests are told apart by their bytes', async () => {
    const scope = aScope();
    const type = 'application/octet-stream';
    const last = Uint8Array.of(...bytes.subarray(0, -1), 0);
    const statuses = [
      await post(scope, bytes, { type }),
      await post(scope, bytes, { type }),
      await post(scope, last, { type }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([201, 201, 422]);
  });

  test('duplicates in parallel run once and hear the same', async () => {
    const scope = aScope();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(scope, { note: 'a' })));
    expect(await fixture.written(scope)).toEqual(['a']);
    expect(new Set(answers.map(({ status, bytes: body }) => `${status} ${body.toString()}`)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(7);
  });

  test('a duplicate that would wait too long is told to come back', async () => {
    const scope = aScope();
    const hold = { entered: gate(), leave: gate() };
    held.set(scope, hold);
    const first = post(scope, { note: 'a' }, { path: '/now' });
    await hold.entered.passed;
    const second = await post(scope, { note: 'a' }, { path: '/now' });
    hold.leave.open();
    expect(second.status).toBe(409);
    expect(JSON.parse(second.bytes.toString())).toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT' });
    expect(Number(second.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await first).status).toBe(201);
  });

  test('what the handler throws is the server’s 500, and the same key may try again', async () => {
    const scope = aScope();
    const sent = { note: 'a', throws: true };
    expect([(await post(scope, sent)).status, await fixture.written(scope)]).toEqual([500, []]);
    expect([(await post(scope, sent)).status, await fixture.written(scope)]).toEqual([201, ['a']]);
  });

  test('a serialization failure runs the handler again, and it can read the request again', async () => {
    const scope = aScope();
    failOnce.add(scope);
    expect((await post(scope, { note: 'a' })).status).toBe(201);
    expect([tries.get(scope), await fixture.written(scope)]).toEqual([2, ['a']]);
  });

  test('reads pass through, in a transaction and with no key', async () => {
    const scope = aScope();
    const seen = await served.fetch('/orders', { headers: { 'x-user': scope } });
    expect([seen.status, await seen.json()]).toEqual([200, { seen: { one: 1 } }]);
    expect(await fixture.record(scope)).toBeUndefined();
  });

  test('where the key is optional, what has none runs each time, and what has one runs once', async () => {
    const scope = aScope();
    for (const key of [null, null, 'k', 'k'])
      expect((await post(scope, { note: key ?? '-' }, { path: '/optional', key })).status).toBe(201);
    expect((await post(scope, { note: 'undone', status: 503 }, { path: '/optional', key: null })).status).toBe(503);
    expect((await post(scope, { note: 'a' }, { path: '/optional', key: 'a b' })).status).toBe(400);
    expect(await fixture.written(scope)).toEqual(['-', '-', 'k']);
  });

  test.skipIf(served.port === undefined)('a caller who goes away finds the outcome when they come back', async () => {
    const scope = aScope();
    const hold = { entered: gate(), leave: gate() };
    held.set(scope, hold);
    const leaving = new AbortController();
    const body = JSON.stringify({ note: 'a' });
    const headers = { 'content-type': 'application/json', 'x-user': scope, 'idempotency-key': 'k' };
    const gone = served.fetch('/orders', { method: 'POST', body, headers, signal: leaving.signal });
    await hold.entered.passed;
    leaving.abort();
    await expect(gone).rejects.toThrow();
    hold.leave.open();
    await eventually(async () => (await fixture.written(scope)).length === 1);
    const again = await post(scope, { note: 'a' });
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
    expect(tries.get(scope)).toBe(1);
  });

  test('with the database away it is 503 with Retry-After, and nothing runs', async () => {
    const scope = aScope();
    const away = fixture.driver({ url: 'postgres://nobody@127.0.0.1:1/nowhere' });
    const closed = await serveOn(kind, onceOver(away).once, routes);
    const headers = { 'content-type': 'application/json', 'x-user': scope, 'idempotency-key': 'k' };
    const refused = await closed.fetch('/orders', { method: 'POST', body: '{"note":"a"}', headers });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await refused.json()).toMatchObject({ code: 'IDEMPOTENCY_UNAVAILABLE' });
    expect(tries.has(scope)).toBe(false);
  });
});

interface Post {
  readonly key?: string | null;
  readonly path?: string;
  readonly type?: string;
  readonly method?: string;
}

/** A body that announces no length, which fetch cannot send without HTTP/2 tricks. @returns the status */
async function chunked(port: number, path: string, scope: string, body: string): Promise<number | undefined> {
  const headers = { 'content-type': 'application/json', 'x-user': scope, 'idempotency-key': 'k' };
  const sending = nodeRequest({ port, host: '127.0.0.1', path, method: 'POST', headers });
  sending.on('error', () => {}); // the server need not read to the end
  for (let at = 0; at < body.length; at += 10_000) sending.write(body.slice(at, at + 10_000));
  sending.end();
  const [response] = await happens(sending, 'response');
  response.resume();
  return response.statusCode;
}
