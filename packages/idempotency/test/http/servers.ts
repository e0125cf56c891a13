// The same routes on every kind of server: a Fetch handler called directly, Hono, node:http, Express, Fastify.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { afterAll } from 'vitest';
import { idempotent as onExpress } from '../../src/express.ts';
import { idempotent as onFastify } from '../../src/fastify.ts';
import { type IdempotentOptions, idempotent, type TransactionalOnce, toNode } from '../../src/http.ts';

/** What an app writes, whatever it runs on. */
export interface Route<Tx> {
  readonly options: IdempotentOptions<Request, readonly []>;
  readonly handler: (request: Request, tx: Tx) => Promise<Response>;
}
export type Routes<Tx> = Readonly<Record<`/${string}`, Route<Tx>>>;

export interface Served {
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Undefined where there is no network between. */
  readonly port?: number;
}
export const kinds = ['Fetch', 'Hono', 'node:http', 'Express', 'Express behind a parser', 'Fastify'] as const;
export type Kind = (typeof kinds)[number];

export async function serveOn<Tx>(kind: Kind, once: TransactionalOnce<Tx>, routes: Routes<Tx>): Promise<Served> {
  const each = Object.entries(routes) as [string, Route<Tx>][];
  if (kind === 'Fetch') {
    const handlers = fetchHandlers(once, each);
    const handle = async (request: Request) => await handlers.get(new URL(request.url).pathname)?.(request);
    return {
      fetch: async (path, init) => {
        const request = new Request(`http://localhost${path}`, init);
        return await handle(request).then(
          (response) => response ?? new Response(null, { status: 404 }),
          () => new Response(null, { status: 500 }),
        );
      },
    };
  }
  const port = await listen(kind, once, each);
  return { port, fetch: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init) };
}

const fetchHandlers = <Tx>(once: TransactionalOnce<Tx>, each: readonly [string, Route<Tx>][]) =>
  new Map(each.map(([path, { options, handler }]) => [path, idempotent<Tx>(once, options, handler)]));

async function listen<Tx>(
  kind: Exclude<Kind, 'Fetch'>,
  once: TransactionalOnce<Tx>,
  each: readonly [string, Route<Tx>][],
): Promise<number> {
  switch (kind) {
    case 'Hono': {
      const app = new Hono();
      app.onError((_error, c) => c.body(null, 500));
      for (const [path, handler] of fetchHandlers(once, each)) app.all(path, (c) => handler(c.req.raw));
      return await portOf(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
    }
    case 'node:http': {
      const handlers = fetchHandlers(once, each);
      const handle = async (request: Request) =>
        (await handlers.get(new URL(request.url).pathname)?.(request)) ?? new Response(null, { status: 404 });
      return await portOf(createServer(toNode(handle, () => {})).listen(0, '127.0.0.1'));
    }
    case 'Express':
    case 'Express behind a parser': {
      const app = express();
      app.set('env', 'test'); // its error handler prints nothing then
      if (kind !== 'Express') app.use(express.json({ limit: '2mb' }), express.raw({ limit: '2mb' }), express.text());
      for (const [path, { options, handler }] of each) app.all(path, onExpress(once, options, handler));
      return await portOf(app.listen(0, '127.0.0.1'));
    }
    case 'Fastify': {
      const app = Fastify({ bodyLimit: 4_000_000 });
      app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
        done(null, body),
      );
      for (const [path, { options, handler }] of each) app.all(path, onFastify(once, options, handler));
      await app.listen({ port: 0, host: '127.0.0.1' });
      afterAll(async () => await app.close());
      return (app.server.address() as AddressInfo).port;
    }
  }
}

async function portOf(server: Server): Promise<number> {
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  while (!server.listening) await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}
