import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST, type OpenShop, openShop } from './open-shop.ts';

let shop: OpenShop & { close(): Promise<void> };
let before: Record<string, number>;
beforeAll(async () => {
  shop = await openShop();
  before = await shop.rowCounts();
});
afterAll(() => shop.close());

const ADD = JSON.stringify({ json: { slug: 'two-fans' } });
const post = (headers: Record<string, string>, body: BodyInit = ADD, path = 'cart.add') =>
  shop.call(path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

/** An answer as its client sees it, and whether anything was written meanwhile. */
async function seen(answer: Response): Promise<unknown> {
  const { error } = (await answer.json()) as { error: { json: { data: { errorCode: string; httpStatus: number } } } };
  const { errorCode, httpStatus } = error.json.data;
  const { status, headers } = answer;
  const [cacheControl, setCookie] = [headers.get('cache-control'), headers.get('set-cookie')];
  return { status, httpStatus, errorCode, cacheControl, setCookie, rows: await shop.rowCounts() };
}

const refused = (status: number, errorCode: string) => ({
  ...{ status, httpStatus: status, errorCode, rows: before },
  ...{ cacheControl: 'no-store', setCookie: null },
});

test.each([
  ['another site', { origin: 'https://evil.example' }],
  ['another port of this host', { origin: 'http://shop.test:8080', host: 'shop.test' }],
  ['the same name without encryption', { origin: 'https://shop.test' }],
  ['a page without an origin', { origin: 'null' }],
  ['another site that keeps its name to itself', { 'sec-fetch-site': 'cross-site' }],
  ['another site that claims to be us', { origin: HOST, 'sec-fetch-site': 'cross-site' }],
])('a write from %s is refused', async (_, headers) => {
  expect(await seen(await post(headers))).toEqual(refused(403, 'ORIGIN_FOREIGN'));
});

test.each([
  ['a form', 'application/x-www-form-urlencoded'],
  ['a file upload', 'multipart/form-data; boundary=x'],
  ['text, which a page may send anywhere', 'text/plain'],
  ['nothing said', ''],
])('a write as %s is refused', async (_, type) => {
  expect(await seen(await post({ 'content-type': type }))).toEqual(refused(415, 'REQUEST_INVALID'));
});

test.each(['?batch=1', '?batch=0', '?batch'])('a write in a batch is refused: %s', async (search) => {
  expect(await seen(await post({}, `{"0":${ADD}}`, `cart.add${search}`))).toEqual(refused(400, 'REQUEST_INVALID'));
  expect(await seen(await post({}, `{"0":${ADD},"1":${ADD}}`, `cart.add,cart.add${search}`))).toEqual(
    refused(400, 'REQUEST_INVALID'),
  );
});

test('a write by GET is refused', async () => {
  const answer = await shop.call(`cart.add?input=${encodeURIComponent(ADD)}`);
  expect(answer.status).toBe(405);
  expect(await shop.rowCounts()).toEqual(before);
});

test.each(['PUT', 'PATCH', 'DELETE'])('%s is refused', async (method) => {
  expect(await seen(await shop.call('cart.add', { method, body: ADD }))).toEqual(refused(405, 'REQUEST_INVALID'));
});

/** A body that never ends, and how much of it was asked for. */
function endless(headers: Record<string, string>): { init: RequestInit; pulled: () => number } {
  let pulled = 0;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        pulled += 1;
        controller.enqueue(new Uint8Array(16 * 1024).fill(120));
      },
    },
    { highWaterMark: 0 },
  );
  // `duplex`: a request with a stream must say it; the DOM's types do not know it yet.
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    duplex: 'half',
  };
  return { init, pulled: () => pulled };
}

test('a body that announces more than 64 kB is refused before any of it is read', async () => {
  const { init, pulled } = endless({ 'content-length': '65537' });
  expect(await seen(await shop.call('cart.add', init))).toEqual(refused(413, 'BODY_TOO_LARGE'));
  expect(pulled()).toBe(0);
});

test.each([
  ['no length', {}],
  ['a false length', { 'content-length': '10' }],
])('a body over 64 kB that announces %s is refused as soon as it is too long', async (_, headers) => {
  const { init, pulled } = endless(headers);
  expect(await seen(await shop.call('cart.add', init))).toEqual(refused(413, 'BODY_TOO_LARGE'));
  // The rest is never read.
  expect(pulled()).toBeLessThan(10);
});

test('a body of exactly 64 kB is read', async () => {
  const body = JSON.stringify({ json: { slug: 'no-such-print' } }).padEnd(64 * 1024, ' ');
  expect(await seen(await post({}, body))).toEqual(expect.objectContaining({ status: 404, errorCode: 'NOT_FOUND' }));
});

test('reads may travel in a batch, and are not kept by any cache', async () => {
  const answer = await shop.call('catalog.list,cart.get?batch=1&input=%7B%7D');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('set-cookie'), 'looking makes nobody a guest').toBeNull();
  expect(await answer.json()).toHaveLength(2);
});

test.each([
  ['our own page', { origin: HOST, 'sec-fetch-site': 'same-origin' }],
  ['our page under another name of this machine', { origin: 'http://127.0.0.1:3000', host: '127.0.0.1:3000' }],
  ['a program that is no browser', {}],
])('a write from %s is taken, and makes a guest', async (_, headers) => {
  const answer = await post(headers);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('set-cookie')).toMatch(
    /^once_guest=[0-9a-f-]{36}\.[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
  );
});
