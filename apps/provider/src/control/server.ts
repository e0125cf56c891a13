// The control port: what a person or a test may see and do beside Stripe's API. It has no password, so it listens on
// this machine only and refuses what a web page in somebody's browser could make it do (guard.ts).
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { FaultEngine } from '../faults/engine.ts';
import type { Provider } from '../pipeline.ts';
import type { Handler } from '../server.ts';
import { ControlError } from './error.ts';
import { answerFaults } from './faults.ts';
import { guard } from './guard.ts';
import { accountName, parseJson, read } from './input.ts';
import { resolveAction, settleProcessing } from './intents.ts';
import { ledgerPage } from './page.ts';

export function controlHandler(provider: Provider, faults: FaultEngine): Handler {
  return async (request, response, body) => {
    try {
      guard(request);
      const url = new URL(request.url ?? '/', 'http://provider.invalid');
      const done = answerFaults(faults, request, url, body);
      if (done) json(response, done.status, done.value);
      else await answer(provider, request, response, url, body);
    } catch (error) {
      const refusal = error instanceof ControlError ? error : unexpected(provider, error);
      json(response, refusal.status, { error: { code: refusal.code, message: refusal.message } });
    }
  };
}

async function answer(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  body: string,
): Promise<void> {
  const { store } = provider;
  const endpoint = `${request.method} ${url.pathname.replace(/^\/intents\/\w+\//, '/intents/:intent/')}`;
  const intentId = url.pathname.split('/')[2] ?? '';
  switch (endpoint) {
    case 'GET /':
      return html(response, ledgerPage(store.ledger.rows()));
    case 'GET /healthz':
      if (provider.settings.instance) response.setHeader('x-once-instance', provider.settings.instance);
      return json(response, 200, { status: 'ok' });
    case 'GET /ledger': {
      const { order_id: orderId, account } = read(ledgerQuery, Object.fromEntries(url.searchParams));
      return json(response, 200, store.ledger.rows({ orderId, account }));
    }
    case 'GET /journal':
      return json(response, 200, store.journal.newest(read(journalQuery, Object.fromEntries(url.searchParams))));
    case 'POST /clock/advance':
      return json(response, 200, advanceClock(provider, read(advance, parseJson(request, body))));
    case 'POST /intents/:intent/action':
      return json(
        response,
        200,
        await resolveAction(provider, intentId, read(action, parseJson(request, body)).result),
      );
    case 'POST /intents/:intent/settle':
      return json(
        response,
        200,
        await settleProcessing(provider, intentId, read(settle, parseJson(request, body)).result),
      );
    default:
      throw new ControlError(404, 'not_found', `There is no ${request.method} ${url.pathname} here.`);
  }
}

const ledgerQuery = z.strictObject({ order_id: z.string().optional(), account: accountName.optional() });
const journalQuery = z.strictObject({
  account: accountName.optional(),
  limit: z.coerce.number().int().min(1).max(10_000).default(100),
});

const TEN_YEARS_HOURS = 87_600;
/** The clock only ever goes forward: keys that were pruned cannot come back. */
const advance = z.union([
  z.strictObject({
    ms: z
      .number()
      .int()
      .min(1)
      .max(TEN_YEARS_HOURS * 3_600_000),
    account: accountName.optional(),
  }),
  z.strictObject({ hours: z.number().positive().max(TEN_YEARS_HOURS), account: accountName.optional() }),
]);
const action = z.strictObject({ result: z.enum(['complete', 'fail']) });
const settle = z.strictObject({ result: z.enum(['succeed', 'fail']) });

function advanceClock({ store }: Provider, by: z.output<typeof advance>): { advanced_ms: number; pruned_keys: number } {
  const ms = 'ms' in by ? by.ms : Math.round(by.hours * 3_600_000);
  return store.transaction(() => {
    store.clock.advance(ms, by.account);
    const pruned = store.keys.accounts().map((each) => store.keys.prune(each, store.clock.nowMs(each)));
    return { advanced_ms: ms, pruned_keys: pruned.reduce((sum, count) => sum + count, 0) };
  });
}

function unexpected(provider: Provider, error: unknown): ControlError {
  provider.log.error({ err: error }, 'control request failed');
  return new ControlError(500, 'internal', 'The control port failed; its log says why.', { cause: error });
}

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(value));
}

function html(response: ServerResponse, page: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
  });
  response.end(page);
}
