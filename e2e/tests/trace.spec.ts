// @boundaries-ignore what a collector is sent is read the same way everywhere
import { receiveTraces, type SeenSpan, type TraceReceiver } from '../../packages/checkout/test/trace-receiver.ts';
import { expect, test as ownShop } from '../fixtures/own-shop.ts';
import { MIRA, totalOf } from '../fixtures/shopper.ts';

// Real processes export to a receiver that understands OTLP, and one of them is killed with -9 in the middle.

const test = ownShop.extend<{ readonly receiver: TraceReceiver }>({
  receiver: async ({ stack, account, leaseMs }, use) => {
    const receiver = await receiveTraces();
    const own = { STRIPE_SECRET_KEY: `sk_test_${account}`, LEASE_MS: String(leaseMs) };
    stack.setEnv({ ...own, ...receiver.variables });
    await Promise.all([stack.restart('web'), stack.restart('worker')]);
    await use(receiver);
    stack.setEnv(own);
    await Promise.all([stack.restart('web'), stack.restart('worker')]);
    await receiver.close();
  },
});

// Nobody takes over while web still waits for its answer, however slow this machine is.
test.use({ leaseMs: 20_000 });

test('web is killed after the charge and the worker takes over: one trace, from the press of Pay to the paid order', async ({
  shopper,
  print,
  proof,
  faults,
  kill,
  stage,
  provider,
  receiver,
  db,
}) => {
  const web = await kill.web({ at: 'answered:confirm' });
  const orderId = await shopper.isReadyToPay(print, 2);
  const sent = shopper.page.waitForRequest(/\/api\/trpc\/checkout\.pay/);
  // The answer takes so long that web has exported what it did before.
  await faults.arm({ orderId, name: 'confirm' }, { name: 'slow_after', ms: 1_500 });
  await shopper.pressesPay();
  const [, traceId, pressId] = (await (await sent).headerValue('traceparent'))?.split('-') ?? [];
  const has = (service: string, name: string) =>
    expect
      .poll(() => receiver.spans.some((span) => span.service === service && span.name === name), {
        message: `${service} has exported ${name}`,
      })
      .toBe(true);
  await web.isDead();
  await has('once-web', 'once checkout.pay remember');
  await stage.endLease(orderId);
  await web.comesBack();
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
  await has('once-worker', 'take over');

  // The worker may meanwhile take over what an earlier test has left behind.
  const record = await db.recordOf(orderId, 'checkout.pay');
  const payments = receiver.spans.filter(({ attributes }) => attributes['once.record_id'] === record?.id);
  expect(new Set(payments.map((span) => span.traceId)), 'one attempt, one trace').toEqual(new Set([traceId]));
  const spans = receiver.spans.filter((span) => span.traceId === traceId);
  expect(
    spans.filter(({ parentSpanId }) => parentSpanId === undefined),
    'it begins in the browser',
  ).toEqual([expect.objectContaining({ name: 'press Pay', spanId: pressId })]);
  expect(namesOf(spans, 'once-web')).toEqual(
    expect.arrayContaining([
      ...['press Pay', 'once checkout.pay reserve', 'INSERT orders', 'once checkout.pay intend'],
      ...['POST /v1/payment_intents', 'once checkout.pay remember'],
    ]),
  );
  expect(namesOf(spans, 'once-worker')).toEqual(
    expect.arrayContaining([
      ...['take over', 'once checkout.pay', 'once checkout.pay confirm', 'GET /v1/payment_intents/{id}'],
      ...['once checkout.pay settle', 'UPDATE orders'],
    ]),
  );
  const takeOver = spans.find(({ name }) => name === 'take over');
  expect(takeOver?.parentSpanId, 'the takeover follows the press').toBe(pressId);

  const confirms = (await provider.sendings()).filter(({ path }) => path.endsWith('/confirm'));
  expect(
    confirms.map((confirm) => confirm.traceId),
    'the provider has written down whose request it was',
  ).toEqual([traceId]);

  const all = receiver.bodies.join('\n');
  for (const theirs of [MIRA.email, MIRA.name, MIRA.address, MIRA.city, 'pm_card', 'ctoken_', 'sk_test_']) {
    expect(all).not.toContain(theirs);
  }
});

const namesOf = (spans: readonly SeenSpan[], service: string) =>
  spans.filter((span) => span.service === service).map(({ name }) => name);
