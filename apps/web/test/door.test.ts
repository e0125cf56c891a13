import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readBody, refuseText } from '#server/api/request-rules.ts';
import { holdsCardNumber } from '#server/door/card-number.ts';
import { PEER_HEADER } from '#server/door/client-address.ts';
import { watchConnections } from '#server/door/connections.ts';
import { decodable } from '#server/door/decodable.ts';
import { Gate, OverloadedError } from '#server/door/gate.ts';
import { jsonDepth } from '#server/door/json-depth.ts';

describe('a card number', () => {
  test.each([
    '4242424242424242',
    '4242 4242 4242 4242',
    '4000-0000-0000-0002',
    '378282246310005',
    '{"json":{"contact":{"name":"Mira 5555555555554444"}}}',
    'my card is 6011 1111 1111 1117, thank you',
  ])('is found: %s', (text) => {
    expect(holdsCardNumber(text)).toBe(true);
    expect(refuseText(JSON.stringify({ json: text }))).toMatchObject({ status: 400, errorCode: 'CARD_NUMBER' });
  });

  test.each([
    '4242424242424241',
    '019ab7c0-4242-7424-a424-424242424242',
    '{"json":{"expectedTotalMinor":14000,"nowMs":1764032400000}}',
    'ctoken_4242424242424242',
    '+49 30 1234567 8901234',
    '0000000000000000',
    '1234567890123456789012345',
  ])('is not seen where there is none: %s', (text) => {
    expect(holdsCardNumber(text)).toBe(false);
  });
});

describe('a text', () => {
  test('is as deep as its brackets, whatever stands in its strings', () => {
    expect(jsonDepth('{"json":{"a":["]]]]","\\"[[[["]}}')).toBe(3);
    expect(refuseText(`{"json":${'['.repeat(9)}${']'.repeat(9)}}`)).toBeUndefined();
    expect(refuseText(`{"json":${'['.repeat(10)}${']'.repeat(10)}}`)).toMatchObject({ status: 400 });
  });

  test('of 30,000 levels is refused before it is parsed', () => {
    expect(refuseText('['.repeat(30_000))).toMatchObject({ status: 400, errorCode: 'REQUEST_INVALID' });
  });
});

test.each([
  ['/prints/lee%20shore?q=%', '/prints/lee%20shore?q=%'],
  ['/checkout/%', '/checkout/%25'],
  ['/%E0%A4%A?a=%41', '/%25E0%25A4%25A?a=%41'],
  ['/%c0%ae%c0%ae/', '/%25c0%25ae%25c0%25ae/'],
  ['/prints/a%00b', '/prints/a%2500b'],
  ['*', '*'],
])('the address %s is read as %s', (address, read) => {
  expect(decodable(address)).toBe(read);
});

test('a body that comes too slowly is not waited for', async () => {
  const drip = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(Buffer.from('{')) });
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: drip, duplex: 'half' };
  const read = await readBody(new Request('http://shop.test/', init), { withinMs: 50 });
  expect(read).toMatchObject({ refused: { status: 408 } });
});

test('a gate lets in so many, and as many again once they have left', () => {
  const gate = new Gate(2);
  const [one, two, three] = [gate.place(), gate.place(), gate.place()];
  one.take();
  one.take();
  two.take();
  expect(() => three.take()).toThrow(OverloadedError);
  three.leave();
  expect(() => three.take()).toThrow(OverloadedError);
  one.leave();
  one.leave();
  three.take();
  expect(() => one.take()).toThrow(OverloadedError);
});

describe('connections', () => {
  let server: Server;
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  async function listens(answer: (headers: NodeJS.Dict<string | string[]>) => string): Promise<number> {
    // Checked often, so that the test need not wait for Node's half minute; and nobody is closed for having nothing to ask.
    server = createServer({ connectionsCheckingInterval: 20, keepAliveTimeout: 0 }, (request, response) => {
      request.resume();
      response.end(answer(request.headers));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function ask(port: number, headers: Record<string, string> = {}): Promise<string> {
    const sent = httpRequest({ host: '127.0.0.1', port, headers }).end();
    const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    return (await answer.toArray()).join('');
  }

  test('say who is at their other end, whatever the request claims', async () => {
    watchConnections();
    const port = await listens((headers) => String(headers[PEER_HEADER]));
    expect(await ask(port, { [PEER_HEADER]: '203.0.113.7' })).toBe('127.0.0.1');
  });

  test.each([
    // Each by its own limit: the other one is far away.
    ['headers', { headersMs: 100, requestMs: 60_000 }, 'GET / HTTP/1.1\r\nHost: shop\r\nX-Slow: '],
    ['body', { headersMs: 100, requestMs: 200 }, 'POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n\r\n{'],
  ] as const)('are closed when the %s does not come to an end', async (_, limits, beginning) => {
    watchConnections(limits);
    const port = await listens(() => 'answered');
    expect(await ask(port), 'the limits count from the first request on').toBe('answered');
    const sockets = Array.from({ length: 100 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {}).resume();
      socket.write(beginning);
      return socket;
    });
    expect(await ask(port), 'the others are answered meanwhile').toBe('answered');
    await Promise.all(sockets.filter(({ closed }) => !closed).map((socket) => once(socket, 'close')));
  });

  test('with headers of more than 16 kB are refused', async () => {
    const port = await listens(() => 'answered');
    const sent = httpRequest({ host: '127.0.0.1', port, headers: { 'x-long': 'x'.repeat(20_000) } });
    sent.on('error', () => {}).end();
    const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(431);
  });
});
