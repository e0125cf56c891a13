import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { z } from 'zod';
// @boundaries-ignore the page is what the laboratory speaks to
import { BrowserEntry, EXCHANGE_HEADER, RUN_ID, SHOPS } from '../apps/web/src/lab/run.ts';
import { LabError, type LabErrorCode } from './errors.ts';
import { forward } from './forward.ts';
import type { Runs } from './runs.ts';

const MAX_BODY_BYTES = 256 * 1024;
const STATUS: Readonly<Record<LabErrorCode, number>> = {
  ENV_INVALID: 500,
  NO_SUCH_RUN: 404,
  NO_SUCH_SCENARIO: 404,
  TOO_MANY: 429,
  NOT_READY: 409,
  PROVIDER: 503,
};

const runId = z.string().regex(RUN_ID);
const Start = z.strictObject({ id: runId, scenario: z.string().max(40) });
const Sync = z.strictObject({ entries: z.array(BrowserEntry).max(200), done: z.boolean() });
const shopName = z.enum(SHOPS);

/** What web asks, on this machine only: begins runs, follows them, and hands on what a browser sends to a sandbox. */
export function labServer(runs: Runs, instance: string | undefined): Server {
  return createServer((request, response) => {
    if (request.url === '/healthz') {
      response.writeHead(200, { ...(instance && { 'x-once-instance': instance }) }).end('ok');
      return;
    }
    void answer(runs, request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy();
      const known = error instanceof LabError;
      if (!known) console.error(error);
      const isBad = error instanceof z.ZodError || error instanceof SyntaxError;
      json(response, known ? STATUS[error.code] : isBad ? 400 : 500, { code: known ? error.code : 'LAB_FAILED' });
    });
  });
}

async function answer(runs: Runs, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://lab.invalid');
  const [, top, id = '', verb = '', ...rest] = url.pathname.split('/');
  if (top !== 'runs') throw new LabError('NO_SUCH_RUN', url.pathname);
  if (request.method === 'POST' && id === '') {
    const asked = Start.parse(JSON.parse(await bodyOf(request)));
    return json(response, 200, runs.start(asked.id, asked.scenario));
  }
  if (verb === '') return json(response, 200, await runs.view(runId.parse(id)));
  if (verb === 'sync') {
    const told = Sync.parse(JSON.parse(await bodyOf(request)));
    return json(response, 200, await runs.sync(runId.parse(id), told.entries, told.done));
  }
  const [who = '', ...path] = rest;
  const sandbox = runs.sandboxOf(runId.parse(id));
  const exchange = String(request.headers[EXCHANGE_HEADER] ?? '');
  runs.passed(id, 'sent', exchange);
  await forward(request, response, sandbox.doorOf(shopName.parse(verb), z.enum(['A', 'B']).parse(who)), {
    path: `/${path.join('/')}${url.search}`,
    body: await bodyOf(request),
  });
  runs.passed(id, 'got', exchange);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += String(chunk);
    if (body.length > MAX_BODY_BYTES) throw new SyntaxError('too large');
  }
  return body;
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}
