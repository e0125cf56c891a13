import { connect, schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { context, INVALID_SPAN_CONTEXT, trace } from '@opentelemetry/api';
import { eq } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, describe, expect, it } from 'vitest';
import { payCheckout, type ShopOptions } from '../src/index.ts';
import { attemptIn } from '../src/key.ts';
import { recordIntent } from '../src/record.ts';
import { alsoTraced, asksForTraces, startTracing, tracing } from '../src/tracing/tracing.ts';
import { inAttempt, inRequest } from '../src/tracing/under-way.ts';
import { ADA, ageRecords, atCheckout, attempt, shopOfFile } from './shop.ts';
import { receiveTraces } from './trace-receiver.ts';
import { startWorker } from './worker.ts';

const receiver = await receiveTraces();
afterAll(() => receiver.close());
await startTracing('once-test', Object.assign(process.env, receiver.variables));

const { provider, test } = await shopOfFile();
const { db, slug, url } = test;
const watched = connect(url, { max: 5, onStatement: tracing()?.statement });
afterAll(() => watched.close());
const traced: Partial<ShopOptions> = {
  db: watched.db,
  observe: (event) => tracing()?.observe(event),
  span: alsoTraced((_, work) => work()),
};
const shop = test.another(traced);

const traceOf = async (orderId: string, number = 0) => {
  await tracing()?.flush();
  const digits = orderId.replaceAll('-', '');
  const traceId = digits.slice(0, 24) + (Number.parseInt(digits.slice(24), 16) + number).toString(16).padStart(8, '0');
  return { traceId, spans: receiver.spans.filter((span) => span.traceId === traceId) };
};

const arrived = (headers: Record<string, string>) => ({ headers: new Headers(headers) });

describe('the trace of an attempt', () => {
  it('begins with the press and holds the transactions, their statements, and the calls with their requests', async () => {
    const at = await atCheckout(shop, slug);
    const given = await attempt(shop, at);
    const pressed = Date.now() - 4_000;
    const traceId = at.checkoutId.replaceAll('-', '');
    const sent = { traceparent: `00-${traceId}-${traceId.slice(16)}-01`, tracestate: 'once=4000' };
    await inRequest(arrived(sent), () => payCheckout(shop, given));
    const { spans } = await traceOf(at.checkoutId);
    const [press, ...others] = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(others).toEqual([]);
    expect(press).toMatchObject({ name: 'press Pay', spanId: traceId.slice(16), service: 'once-test' });
    expect(Math.abs(Number((press?.startedNs ?? 0n) / 1_000_000n) - pressed)).toBeLessThan(2_000);
    const beneath = (parent?: string) =>
      spans.filter(({ parentSpanId }) => parentSpanId === parent).toSorted((a, b) => Number(a.startedNs - b.startedNs));
    const named = (name: string) => spans.find((span) => span.name === name)?.spanId;
    expect(beneath(press?.spanId).map(({ name }) => name)).toEqual(['pay']);
    expect(beneath(named('pay')).map(({ name }) => name)).toContain('once checkout.pay');
    expect(
      beneath(named('once checkout.pay'))
        .filter(({ name }) => name.startsWith('once'))
        .map(({ name }) => name),
    ).toEqual([
      'once checkout.pay reserve',
      'once checkout.pay intend',
      'once checkout.pay remember',
      'once checkout.pay confirm',
      'once checkout.pay settle',
    ]);
    const confirm = beneath(named('once checkout.pay confirm')).find(({ name }) => name.startsWith('POST'));
    expect(confirm).toMatchObject({
      name: 'POST /v1/payment_intents/{id}/confirm',
      attributes: { 'http.response.status_code': 200, 'provider.request_id': expect.stringMatching(/^req_\w+$/) },
    });
    expect(beneath(named('once checkout.pay settle')).map(({ name }) => name)).toContain('UPDATE orders');
  });

  it('goes on with whoever hears of the payment, and with a second attempt there is a second one', async () => {
    const at = await atCheckout(shop, slug);
    await payCheckout(shop, await attempt(shop, at, 'pm_card_visa_chargeDeclined'));
    await payCheckout(shop, await attempt(shop, at));
    const [money] = await db.select().from(schema.payment).where(eq(schema.payment.orderId, at.checkoutId));
    await recordIntent(shop, money?.intentId ?? '', { signal: AbortSignal.timeout(5_000) });
    const [first, second] = [await traceOf(at.checkoutId), await traceOf(at.checkoutId, 1)];
    const names = ({ spans }: typeof first) => spans.map(({ name }) => name);
    expect(names(first)).toContain('press Pay');
    expect(names(first)).not.toContain('hear of the payment');
    expect(names(second)).toEqual(expect.arrayContaining(['press Pay', 'hear of the payment']));
  });

  it('goes on with the worker process that takes over from a web that was gone after the charge', async () => {
    const at = await atCheckout(shop, slug);
    const { at: stop, reached } = crashAt('answered:confirm');
    void payCheckout(test.another({ ...traced, at: stop }), await attempt(shop, at)).catch(() => {});
    await reached;
    await ageRecords(shop);
    const worker = startWorker(test, provider);
    const taken = async () => (await traceOf(at.checkoutId)).spans.filter(({ service }) => service === 'once-worker');
    await expect.poll(async () => (await taken()).map(({ name }) => name), { timeout: 30_000 }).toContain('take over');
    await worker.stop();
    const { spans } = await traceOf(at.checkoutId);
    const takeOver = spans.find(({ name }) => name === 'take over');
    expect(takeOver?.parentSpanId).toBe(spans.find(({ name }) => name === 'press Pay')?.spanId);
    expect((await taken()).map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'once checkout.pay',
        'GET /v1/payment_intents/{id}',
        'once checkout.pay settle',
        'UPDATE orders',
      ]),
    );
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
  });

  it('is at the provider’s in its journal, with the request at the shop', async () => {
    const at = await atCheckout(shop, slug);
    const given = await attempt(shop, at);
    await inRequest(arrived({ 'x-request-id': 'edge-7' }), () => payCheckout(shop, given));
    const { traceId } = await traceOf(at.checkoutId);
    const account = test.secretKey.replace('sk_test_', '');
    const confirmed = (await provider.journal(account)).filter(({ path }) => path.endsWith('/confirm'));
    expect(confirmed).toContainEqual(expect.objectContaining({ traceId, callerRequestId: 'edge-7', attempt: 0 }));
  });

  it('has nothing in it that a customer has given', async () => {
    const at = await atCheckout(shop, slug);
    await payCheckout(shop, await attempt(shop, at));
    await ageRecords(shop);
    await traceOf(at.checkoutId);
    const all = receiver.bodies.join('\n');
    expect(all).toContain('once checkout.pay');
    // No bare figures: an id or a time may have the same.
    const { email, name, line1, city } = ADA;
    for (const canary of [email, name, line1, city, 'pm_card', 'ctoken_', 'pi_', 'sk_test']) {
      expect(all).not.toContain(canary);
    }
  });

  it('says of what failed its code, never its text', async () => {
    const attempt = { orderId: uuidv7(), attempt: 0 };
    const failed = Object.assign(new Error('ada.broken@example.org'), { code: 'PAYMENTS_BROKEN' });
    await expect(inAttempt(attempt, 'fail', () => Promise.reject(failed))).rejects.toBe(failed);
    const { spans } = await traceOf(attempt.orderId);
    expect(spans).toMatchObject([{ name: 'fail', attributes: { 'error.type': 'PAYMENTS_BROKEN' } }]);
    expect(receiver.bodies.join()).not.toContain('ada.broken');
  });

  it('is not begun by a statement or a request outside of it, whatever span of others is open', () => {
    const theirs = trace.setSpan(context.active(), trace.wrapSpanContext(INVALID_SPAN_CONTEXT));
    expect(context.with(theirs, () => tracing()?.statement('SELECT cart'))).toBeUndefined();
    expect(tracing()?.statement('SELECT cart')).toBeUndefined();
  });

  it('cannot be chosen by whoever asks: what names another trace is not followed', async () => {
    const at = await atCheckout(shop, slug);
    const given = await attempt(shop, at);
    const foreign = '0af7651916cd43dd8448eb211c80319c';
    await inRequest(arrived({ traceparent: `00-${foreign}-b7ad6b7169203331-01` }), () => payCheckout(shop, given));
    const { spans } = await traceOf(at.checkoutId);
    expect(spans.map(({ name }) => name)).toContain('press Pay');
    expect(receiver.bodies.join()).not.toContain(foreign);
  });
});

it.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: '' }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, true],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://127.0.0.1:4318/v1/traces' }, true],
  [{ OTEL_TRACES_EXPORTER: 'console' }, true],
  [{ OTEL_TRACES_EXPORTER: 'none', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, false],
  [{ OTEL_SDK_DISABLED: 'true', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' }, false],
])('%o asks for traces: %s', (env, asks) => {
  expect(asksForTraces(env)).toBe(asks);
});

it.each([
  ['0190163d-8694-739b-aea5-966c26f8ad91.3', { orderId: '0190163d-8694-739b-aea5-966c26f8ad91', attempt: 3 }],
  ['0190163d-8694-739b-aea5-966c26f8ad91.cancel', undefined],
  ['0190163d-8694-739b-aea5-966c26f8ad91', undefined],
])('the key %s is of the attempt %o', (key, named) => {
  expect(attemptIn(key)).toEqual(named);
});
