import { schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { eq, sql } from 'drizzle-orm';
import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { MOST_TRIES } from '../src/inbox.ts';
import {
  applyEvents,
  cancelCheckout,
  checkoutStatus,
  getOrder,
  type InboxOptions,
  keepEvent,
  payCheckout,
  recordIntent,
} from '../src/index.ts';
import { readEvent } from '../src/payments/webhook.ts';
import {
  atCheckout,
  attempt,
  conservation,
  finishDue,
  intentIdOf,
  paidOrder,
  pay,
  shopOfFile,
  stripeOf,
} from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 60 });

const apply = async (more: Partial<InboxOptions> = {}, shop = test.shop) =>
  await applyEvents(shop, { signal: AbortSignal.timeout(20_000), limit: 200, ...more });

const intentId = (orderId: string) => intentIdOf(test, orderId);

/** What the provider has to tell of an order, oldest first. */
async function eventsOf(orderId: string): Promise<{ id: string; kind: string; objectId: string }[]> {
  const { data } = await stripeOf(test, provider).events.list({ limit: 100 });
  const hints = data.map(({ id, type, data: { object } }) => ({
    id,
    kind: type,
    objectId: 'id' in object ? object.id : '',
    object,
  }));
  return hints
    .filter(({ object }) => 'metadata' in object && object.metadata?.['order_id'] === orderId)
    .map(({ id, kind, objectId }) => ({ id, kind, objectId }))
    .reverse();
}

const rowsOf = async (ids: readonly string[]) =>
  (await test.db.select().from(schema.providerEvent)).filter(({ id }) => ids.includes(id));

/** Lets every lease and every pause of the inbox end. */
const age = () =>
  test.db.execute(
    sql`update provider_event set due_at = statement_timestamp() - interval '1 second' where applied_at is null`,
  );

/** A press whose web process stops before it hears what its confirm came to: charged, and not recorded. */
async function chargedUnheard(card?: string) {
  const at = await atCheckout(test.shop, test.slug);
  const { at: stop, reached } = crashAt('answered:confirm');
  void payCheckout(test.another({ at: stop }), await attempt(test.shop, at, card)).catch(() => {});
  await reached;
  return { ...at, orderId: at.checkoutId };
}

describe('an event', () => {
  it('of a charge that nobody heard of makes the order paid, by the provider’s word', async () => {
    const at = await chargedUnheard();
    const events = await eventsOf(at.orderId);
    for (const event of events) await keepEvent(test.db, event);
    await apply();

    expect(await checkoutStatus(test.shop, at)).toMatchObject({ answer: 'paid' });
    const { timeline } = await getOrder(test.db, at);
    expect(timeline.at(-1)).toMatchObject({ action: 'order.paid', actor: 'provider', attempt: 0 });
    expect((await rowsOf(events.map(({ id }) => id))).every(({ appliedAt }) => appliedAt !== null)).toBe(true);
    expect(await provider.charges(at.orderId)).toHaveLength(1);
  });

  it('that comes ten times, and once more under another id, is kept once and moves things once', async () => {
    const at = await chargedUnheard();
    const event = (await eventsOf(at.orderId)).find(({ kind }) => kind === 'payment_intent.succeeded');
    if (!event) throw new TypeError('the provider has not told of it');
    const twin = { ...event, id: `${event.id}_twin` };

    const kept = await Promise.all(Array.from({ length: 10 }, () => keepEvent(test.db, event)));
    await keepEvent(test.db, twin);
    await Promise.all([apply(), apply({}, test.another()), apply({}, test.another())]);

    expect(kept.filter(Boolean)).toHaveLength(1);
    expect(await rowsOf([event.id, twin.id])).toMatchObject([{ tries: 1 }, { tries: 1 }]);
    const posted = await test.db
      .select()
      .from(schema.ledgerPosting)
      .where(eq(schema.ledgerPosting.orderId, at.orderId));
    expect(posted).toHaveLength(1);
    const { timeline } = await getOrder(test.db, at);
    expect(timeline.filter(({ action }) => action === 'order.paid')).toHaveLength(1);
  });

  it('that comes late or in reverse changes nothing that is settled', async () => {
    const { shop, slug, db } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    await pay(shop, at);
    const events = (await eventsOf(at.checkoutId)).reverse();
    expect(events.map(({ kind }) => kind)).toContain('payment_intent.payment_failed');

    for (const event of events) {
      await keepEvent(db, event);
      await apply();
    }

    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid', refusals: 1 });
    expect(await conservation(shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
  });

  it('that a payment was canceled cancels the order and frees its copies', async () => {
    const { shop, slug, db } = test;
    const at = await atCheckout(shop, slug);
    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    // By hand, at the provider.
    await stripeOf(test, provider).paymentIntents.cancel(await intentId(at.checkoutId));
    for (const event of await eventsOf(at.checkoutId)) await keepEvent(db, event);
    await apply();
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'cancelled' });
  });

  it('of a refund, of a dispute, and of nothing that we know are applied, each as what it is', async () => {
    const { shop, slug, db } = test;
    const at = await paidOrder(shop, slug);
    const stripe = stripeOf(test, provider);
    await stripe.refunds.create({ payment_intent: await intentId(at.orderId), amount: 700 });
    await provider.control(`/intents/${await intentId(at.orderId)}/dispute`, {});
    const { data } = await stripe.events.list({ limit: 100 });
    for (const { id, type, data: what } of data) {
      await keepEvent(db, { id, kind: type, objectId: 'id' in what.object ? what.object.id : '' });
    }
    await apply();

    expect(await getOrder(db, at)).toMatchObject({ refundedMinor: 700, reviewReason: 'disputed' });
    const rows = await rowsOf(data.map(({ id }) => id));
    expect(rows.filter(({ appliedAt }) => appliedAt === null)).toEqual([]);
  });
});

describe('an event that comes before its order', () => {
  it('waits, and is applied when the order is there', async () => {
    const { shop, slug, db } = test;
    const at = await atCheckout(shop, slug);
    const { totalMinor } = await checkoutStatus(shop, at);
    // The charge of an order that the database does not know yet, as after a restore.
    const intent = await stripeOf(test, provider).paymentIntents.create({
      ...{ amount: totalMinor, currency: 'eur', payment_method: 'pm_card_visa', confirm: true },
      ...{
        automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
        metadata: { order_id: at.checkoutId },
      },
    });
    const event = { id: `evt_early_${at.checkoutId}`, kind: 'payment_intent.succeeded', objectId: intent.id };
    await keepEvent(db, event);
    await apply();
    expect(await rowsOf([event.id])).toMatchObject([
      { appliedAt: null, tries: 1, lastError: expect.stringContaining('no order') },
    ]);

    await pay(shop, at, 'pm_card_visa_chargeDeclined');
    await db.execute(sql`update payment set intent_id = null where order_id = ${at.checkoutId}`);
    await age();
    await apply();

    expect(await rowsOf([event.id])).toMatchObject([{ appliedAt: expect.any(Date), tries: 2, lastError: null }]);
    expect(await checkoutStatus(shop, at)).toMatchObject({ answer: 'paid' });
  });

  it('and has no order in the end is parked for a person, and is not lost', async () => {
    const { db } = test;
    const intent = await stripeOf(test, provider).paymentIntents.create({
      ...{ amount: 100, currency: 'eur', metadata: { order_id: crypto.randomUUID() } },
    });
    const event = { id: `evt_lost_${intent.id}`, kind: 'payment_intent.succeeded', objectId: intent.id };
    await keepEvent(db, event);
    const parked: string[] = [];
    for (let turn = 0; turn <= MOST_TRIES; turn++) {
      await age();
      await apply({ onParked: ({ id }) => parked.push(id) });
    }
    expect(parked).toEqual([event.id]);
    expect(await rowsOf([event.id])).toMatchObject([
      { appliedAt: null, tries: MOST_TRIES, parkedAt: expect.any(Date) },
    ]);
  });

  it('and is of another program with the same account is none of ours', async () => {
    const { db } = test;
    const intent = await stripeOf(test, provider).paymentIntents.create({ amount: 100, currency: 'eur' });
    const event = { id: `evt_foreign_${intent.id}`, kind: 'payment_intent.created', objectId: intent.id };
    await keepEvent(db, event);
    await apply();
    expect(await rowsOf([event.id])).toMatchObject([{ appliedAt: expect.any(Date) }]);
  });
});

describe('an inbox whose process stops', () => {
  it.each(['taken:event', 'recorded:event'])('at %s: another one applies the event, once', async (point) => {
    const at = await chargedUnheard();
    const event = (await eventsOf(at.orderId)).find(({ kind }) => kind === 'payment_intent.succeeded');
    if (!event) throw new TypeError('the provider has not told of it');
    await keepEvent(test.db, event);
    const reached = Promise.withResolvers<void>();
    // It goes no further than this.
    const stop = async (now: string) => {
      if (now !== point) return;
      reached.resolve();
      await new Promise<never>(() => {});
    };
    void apply({ at: stop }, test.another());
    await reached.promise;

    await age();
    await apply();
    expect(await rowsOf([event.id])).toMatchObject([{ appliedAt: expect.any(Date), tries: 2 }]);
    expect(await checkoutStatus(test.shop, at)).toMatchObject({ answer: 'paid' });
    const { timeline } = await getOrder(test.db, at);
    expect(timeline.filter(({ action }) => action === 'order.paid')).toHaveLength(1);
  });

  it('is not in the way of a provider that is away: the event waits', async () => {
    const at = await chargedUnheard();
    const event = (await eventsOf(at.orderId)).find(({ kind }) => kind === 'payment_intent.succeeded');
    if (!event) throw new TypeError('the provider has not told of it');
    await keepEvent(test.db, event);
    const away = await provider.arm({
      match: { order_id: at.orderId, method: 'GET' },
      action: 'retrieve_500',
      times: 3,
    });
    await apply();
    expect(await away.hits()).toBeGreaterThan(0);
    expect(await rowsOf([event.id])).toMatchObject([{ appliedAt: null, lastError: expect.any(String) }]);
    await away.disarm();
    await age();
    await apply();
    expect(await checkoutStatus(test.shop, at)).toMatchObject({ answer: 'paid' });
  });
});

it('the press whose answer was lost is told the same as the event said', async () => {
  const { shop, slug } = test;
  const at = await atCheckout(shop, slug);
  const kept = await attempt(shop, at);
  const { at: stop, reached } = crashAt('answered:confirm');
  void payCheckout(test.another({ at: stop }), kept).catch(() => {});
  await reached;
  for (const event of await eventsOf(at.checkoutId)) await keepEvent(test.db, event);
  await apply();
  await shop.db.execute(
    sql`update idempotency.record set due_at = statement_timestamp() where scope = ${at.checkoutId} and due_at is not null`,
  );
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
    const intent = await intentId(at.checkoutId);
    await provider.control(`/intents/${intent}/action`, { result: 'complete' });
    const event = { id: `evt_race_${intent}`, kind: 'payment_intent.succeeded', objectId: intent };
    await keepEvent(db, event);
    await db.execute(
      sql`update idempotency.record set due_at = statement_timestamp() where scope = ${at.checkoutId} and due_at is not null`,
    );

    await Promise.all([
      finishDue(shop),
      apply({}, others[0]),
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

describe('a signature', () => {
  const SECRETS = ['whsec_new', 'whsec_old'];
  const payload = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'payment_intent.succeeded',
    data: { object: { id: 'pi_1' } },
  });
  const body = Buffer.from(payload);
  const signed = (secret: string, ageSeconds = 0) =>
    Stripe.webhooks.generateTestHeaderString({
      payload,
      secret,
      timestamp: Math.floor(Date.now() / 1000) - ageSeconds,
    });

  it.each(SECRETS)('with %s is good while the secret is being changed', (secret) => {
    expect(readEvent({ body, signature: signed(secret) }, SECRETS)).toEqual({
      ...{ id: 'evt_1', kind: 'payment_intent.succeeded', objectId: 'pi_1' },
    });
  });

  it.each([
    ['none', null],
    ['one of a secret that is not ours', signed('whsec_other')],
    ['one that is ten minutes old', signed('whsec_new', 600)],
    ['one that is no signature', 't=1,v1=00'],
  ])('is refused: %s', (_, signature) => {
    expect(() => readEvent({ body, signature }, SECRETS)).toThrow(
      expect.objectContaining({ code: 'PAYMENTS_WEBHOOK_REFUSED' }),
    );
  });

  it('is of the bytes: the same event in another spelling is refused', () => {
    const spaced = Buffer.from(JSON.stringify(JSON.parse(payload), null, 1));
    expect(() => readEvent({ body: spaced, signature: signed('whsec_new') }, SECRETS)).toThrow('signature');
  });
});
