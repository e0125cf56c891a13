import { crashAt } from '@once/idempotency/testing';
import { expect, it } from 'vitest';
import { applyEvents, cancelCheckout, getOrder, keepEvent, payCheckout, recordIntent } from '../src/index.ts';
import { eventsAbout } from './provider-events.ts';
import { ageRecords, atCheckout, attempt, conservation, finishDue, intentIdOf, shopOfFile, stripeOf } from './shop.ts';

// One payment, heard of from several sides: the press, its repetition, the event, the return from the bank, the worker.

const { provider, test } = await shopOfFile({ copies: 20 });

const apply = async (shop = test.shop) => await applyEvents(shop, { signal: AbortSignal.timeout(20_000), limit: 200 });

it('the press whose answer was lost is told the same as the event said', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const kept = await attempt(shop, at);
  const { at: stop, reached } = crashAt('answered:confirm');
  void payCheckout(test.another({ at: stop }), kept).catch(() => {});
  await reached;
  for (const event of await eventsAbout(stripeOf(test, provider), at.checkoutId)) await keepEvent(test.db, event);
  await apply();
  await ageRecords(shop);
  await finishDue(shop);
  expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'paid' });
  expect(await cancelCheckout(shop, at)).toMatchObject({ answer: 'paid' });
  expect(await provider.charges(at.checkoutId)).toHaveLength(1);
});

it('the confirm, its event and the return from the bank that meet in the same instant complete the order once', async () => {
  const { shop, slug, db } = test;
  const others = [test.another(), test.another()];
  for (let round = 0; round < 6; round++) {
    const at = await atCheckout(shop, slug);
    const kept = await attempt(shop, at, 'pm_card_authenticationRequired');
    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'requires_action' });
    const intent = await intentIdOf(test, at.checkoutId);
    await provider.control(`/intents/${intent}/action`, { result: 'complete' });
    const event = { id: `evt_race_${intent}`, kind: 'payment_intent.succeeded', objectId: intent };
    await keepEvent(db, event);
    await ageRecords(shop);

    await Promise.all([
      finishDue(shop),
      apply(others[0]),
      recordIntent(others[1] ?? shop, intent, { signal: AbortSignal.timeout(10_000) }),
      payCheckout(shop, kept),
      cancelCheckout(others[0] ?? shop, at),
    ]);

    await finishDue(shop);
    expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'paid' });
    expect(await provider.charges(at.checkoutId)).toHaveLength(1);
    const { timeline, attempts } = await getOrder(db, { ...at, orderId: at.checkoutId });
    expect(timeline.filter(({ action }) => action === 'order.paid')).toHaveLength(1);
    expect(timeline.map(({ action }) => action)).not.toContain('order.cancelled');
    expect(attempts).toHaveLength(1);
  }
  expect(await conservation(shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
});

it('a press that comes again while the first is under way, and after it, is counted and sends nothing', async () => {
  const { shop, slug, db } = test;
  const at = await atCheckout(shop, slug);
  const kept = await attempt(shop, at);
  const reached = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const atConfirm = async (point: string) => {
    if (point !== 'answered:confirm') return;
    reached.resolve();
    await held.promise;
  };
  const first = payCheckout(test.another({ at: atConfirm }), kept);
  await reached.promise;
  expect(await payCheckout(test.another({ waitMs: 0 }), kept)).toMatchObject({ answer: 'processing' });
  held.resolve();
  expect(await first).toMatchObject({ answer: 'paid', how: 'succeeded' });
  expect(await payCheckout(shop, kept)).toMatchObject({ answer: 'paid', how: 'already_paid' });
  const { attempts, timeline } = await getOrder(db, { ...at, orderId: at.checkoutId });
  expect(attempts).toMatchObject([{ attempt: 0, replays: 2, state: 'paid' }]);
  expect(timeline.map(({ action, actor, attempt: no }) => `${action} ${actor} ${no}`)).toEqual([
    ...['order.reserved shopper 0', 'attempt.opened shopper 0', 'intent.stored web 0', 'order.paid web 0'],
  ]);
});
