// The control port: what a person or a test may see and do beside Stripe's API. It has no password, so it listens on
// this machine only and refuses what a web page in somebody's browser could make it do (guard.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FaultEngine } from '../faults/engine.ts';
import type { Provider } from '../pipeline.ts';
import type { Handler } from '../server.ts';
import { ask, type Control } from './endpoints.ts';
import { ControlError } from './error.ts';
import { guard } from './guard.ts';
import { parseJson } from './input.ts';
import { PAGE_HEADERS } from './pages/layout.ts';
import { isForm, pageAt, refusalPage, submitForm } from './pages/routes.ts';

export function controlHandler(provider: Provider, faults: FaultEngine): Handler {
  return async (request, response, body) => {
    try {
      guard(request);
      const url = new URL(request.url ?? '/', 'http://provider.invalid');
      await answer({ provider, faults }, request, response, url, body);
    } catch (error) {
      const refusal = error instanceof ControlError ? error : unexpected(provider, error);
      if (isForm(request) || request.headers.accept?.includes('text/html')) {
        return html(response, refusal.status, refusalPage(refusal));
      }
      json(response, refusal.status, { error: { code: refusal.code, message: refusal.message } });
    }
  };
}

async function answer(
  control: Control,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
): Promise<void> {
  const { instance } = control.provider.settings;
  const method = request.method ?? 'GET';
  if (method === 'GET' && url.pathname === '/healthz') {
    if (instance) response.setHeader('x-once-instance', instance);
    return json(response, 200, { status: 'ok' });
  }
  const page = method === 'GET' ? pageAt(control, url) : undefined;
  if (page !== undefined) return html(response, 200, page);
  if (method === 'POST' && isForm(request)) {
    const next = await submitForm(control, request, url, body);
    if (next !== undefined) return void response.writeHead(303, { location: next }).end();
  } else {
    const input = () => (method === 'POST' ? parseJson(request, body) : Object.fromEntries(url.searchParams));
    const asked = await ask(control, method, url.pathname, input);
    if (asked) return json(response, asked.status, asked.value);
  }
  throw new ControlError(404, 'not_found', `There is no ${method} ${url.pathname} here.`);
}

function unexpected(provider: Provider, error: unknown): ControlError {
  provider.log.error({ err: error }, 'control request failed');
  return new ControlError(500, 'internal', 'The control port failed; its log says why.', { cause: error });
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

function html(response: ServerResponse, status: number, page: string): void {
  response.writeHead(status, PAGE_HEADERS).end(page);
}
