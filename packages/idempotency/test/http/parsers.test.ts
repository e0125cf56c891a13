// Express and Fastify have read the body before a handler runs: what is fingerprinted then, and what is refused.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type RequestHandler } from 'express';
import { afterAll, expect, test } from 'vitest';
import { idempotent } from '../../src/express.ts';
import { aScope, eventually, onceOver, openFixture } from '../fixture.ts';

const fixture = await openFixture();
const { once } = onceOver(fixture.driver());

/** Serves one route behind `parsers`. @returns a function that posts to it, and says the status and what came back */
async function behind(...parsers: RequestHandler[]) {
  const scope = aScope();
  const app = express().set('env', 'test').use(parsers);
  const options = { operation: 'echo', scope: () => scope };
  app.post(
    '/',
    idempotent(once, options, async (request, _tx, req) => Response.json([req.body, await request.text()])),
  );
  const server: Server = app.listen(0, '127.0.0.1');
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  await eventually(() => server.listening);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return async (body: string, type = 'application/json') => {
    const headers = { 'idempotency-key': 'k', 'content-type': type };
    const response = await fetch(url, { method: 'POST', body, headers });
    return [response.status, response.headers.get('idempotent-replayed'), await response.text()] as const;
  };
}

test('parsed JSON is one request whatever the order of its members, and another with another value', async () => {
  const post = await behind(express.json());
  expect(await post('{"b":1, "a":[2]}')).toEqual([200, null, '[{"b":1,"a":[2]},"{\\"a\\":[2],\\"b\\":1}"]']);
  expect((await post('{"a":[2],"b":1}')).slice(0, 2)).toEqual([200, 'true']);
  for (const other of ['{"a":[2],"b":"1"}', '{"a":[2]}', '{"a":[2],"b":1,"__proto__":1}', '[]'])
    expect((await post(other))[0]).toBe(422);
});

test('a parsed form is told apart by its fields', async () => {
  const post = await behind(express.urlencoded({ extended: true }));
  const type = 'application/x-www-form-urlencoded';
  const statuses = [await post('a[b]=1', type), await post('a[b]=1', type), await post('a[b]=2', type)];
  expect(statuses.map(([status, replayed]) => [status, replayed])).toEqual([
    [200, null],
    [200, 'true'],
    [422, null],
  ]);
});

test('where the parser keeps the bytes as rawBody, those are what counts', async () => {
  const keep = { verify: (req: object, _res: object, buf: Buffer) => void Object.assign(req, { rawBody: buf }) };
  const post = await behind(express.json(keep));
  expect(await post('{"b":1, "a":2}')).toEqual([200, null, '[{"b":1,"a":2},"{\\"b\\":1, \\"a\\":2}"]']);
  expect((await post('{"a":2,"b":1}'))[0]).toBe(422);
});

test('a body whose bytes are gone, and that is no data, is an error instead of an empty body', async () => {
  const swallow: RequestHandler = (req, _res, next) => void req.resume().once('end', () => next());
  const post = await behind(swallow);
  expect((await post('{"a":1}'))[0]).toBe(500);
  const half: RequestHandler = (req, _res, next) =>
    void req.resume().once('end', () => {
      req.body = { field: 'x' }; // and its files are somewhere else
      next();
    });
  const multipart = await behind(half);
  expect((await multipart('--b--', 'multipart/form-data; boundary=b'))[0]).toBe(500);
});
