import { schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { eq, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { MOST_TRIES } from '../src/inbox.ts';
import { applyEvents, checkoutStatus, getOrder, type InboxOptions, keepEvent, payCheckout } from '../src/index.ts';
import { eventsAbout } from './provider-events.ts';
import { atCheckout, attempt, conservation, intentIdOf, paidOrder, pay, shopOfFile, stripeOf } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 60 });

const apply = async (more: Partial<InboxOptions> = {}, shop = test.shop) =>
  await applyEvents(shop, { signal: AbortSignal.timeout(20_000), limit: 200, ...more });

const intentId = (orderId: string) => intentIdOf(test, orderId);
const eventsOf = (orderId: string) => eventsAbout(stripeOf(test, provider), orderId);

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
