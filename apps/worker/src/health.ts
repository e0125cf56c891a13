import { createServer, type IncomingMessage, type Server } from 'node:http';
import { knowsToken } from '@once/checkout/metrics';
import { type Db, schema } from '@once/db';
import type { Registry } from 'prom-client';

export interface HealthOptions {
  readonly db: Db;
  readonly registry: Registry;
  /** Brings what the registry knows of the database up to now. */
  readonly readFigures: () => Promise<void>;
  readonly metricsToken: string | undefined;
  readonly instance: string | undefined;
  /** It lets what is under way finish, and takes on nothing more. */
  readonly isDraining?: () => boolean;
}

/** `/healthz` (this process runs), `/readyz` (database there and migrated, and not ending), `/metrics` (Prometheus). */
export function healthServer(options: HealthOptions): Server {
  return createServer((request, response) => {
    const end = (status: number, body: string, type = 'text/plain; charset=utf-8') => {
      response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...instanceHeader(options) });
      response.end(body);
    };
    answer(options, request).then(
      ({ status, body, type }) => end(status, body, type),
      () => end(500, 'error\n'),
    );
  });
}

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly type?: string;
}

async function answer(options: HealthOptions, { url = '/', headers }: IncomingMessage): Promise<Answer> {
  const { db, registry, metricsToken, isDraining = () => false } = options;
  switch (url.split('?', 1)[0] ?? '/') {
    case '/healthz':
      return { status: 200, body: 'ok\n' };
    case '/readyz':
      if (isDraining()) return { status: 503, body: 'draining\n' };
      return (await isReady(db)) ? { status: 200, body: 'ready\n' } : { status: 503, body: 'database not ready\n' };
    case '/metrics':
      if (metricsToken !== undefined && !knowsToken(headers.authorization, metricsToken)) {
        return { status: 401, body: 'METRICS_TOKEN is needed\n' };
      }
      await options.readFigures();
      return { status: 200, body: await registry.metrics(), type: registry.contentType };
    default:
      return { status: 404, body: 'not found\n' };
  }
}

/** The tables of the newest migrations are there and readable. */
async function isReady(db: Db): Promise<boolean> {
  return await db
    .select({ orderId: schema.outbox.orderId })
    .from(schema.outbox)
    .limit(0)
    .then(
      () => true,
      () => false,
    );
}

const instanceHeader = ({ instance }: HealthOptions): Record<string, string> =>
  instance ? { 'x-once-instance': instance } : {};
