import { countAttention, keepEvent, orderFigure, orderNumber } from '@once/checkout';
import { schema } from '@once/db';
import { desc, eq, inArray, isNotNull, sql } from 'drizzle-orm';
import { uuidv7 } from 'uuidv7';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listStaffActions } from '#server/admin/audit.ts';
import { readDifferences } from '#server/admin/differences.ts';
import { listEditions, readEdition } from '#server/admin/editions.ts';
import { countEvents, listEvents } from '#server/admin/events.ts';
import { readOutbox } from '#server/admin/letters.ts';
import { countNeeds } from '#server/admin/needs.ts';
import { countOperations, listOperations, readOperation } from '#server/admin/operations.ts';
import { readOrder } from '#server/admin/order.ts';
import { type ListedOrder, listOrders, type OrderQuestion } from '#server/admin/orders.ts';
import type { Page } from '#server/admin/page.ts';
import { listPromotions } from '#server/admin/promotions.ts';
import { readTruth } from '#server/admin/truth.ts';
import { Guest, type OpenShop, openShop } from './open-shop.ts';

let open: OpenShop & { close(): Promise<void> };
beforeAll(async () => {
  open = await openShop();
});
afterAll(() => open.close());

const db = () => open.storefront.shop.db;

const ordersOf = async (question: Partial<OrderQuestion>): Promise<Page<ListedOrder>> => {
  const page = await listOrders(db(), { filter: 'all', ...question });
  if (!page) throw new TypeError('not understood');
  return page;
};

/** An order that was really paid, through the API. */
async function bought(slug = 'lee-shore'): Promise<string> {
  const guest = new Guest(open);
  const checkoutId = await guest.isReadyToPay(slug);
  const { token } = await guest.api.checkout.testToken.mutate({ checkoutId, card: 'pays' });
  const { totals, refusals } = await guest.api.checkout.get.query({ checkoutId });
  const paid = await guest.api.checkout.pay.mutate({
    ...{ checkoutId, idempotencyKey: `${checkoutId}.${refusals}` },
    ...{ confirmationToken: token, expectedTotalMinor: totals.totalMinor },
  });
  expect(paid.answer).toBe('paid');
  return checkoutId;
}

describe('the sentence that must stay true', () => {
  test('holds in the seeded shop, and after a purchase counts one order and one charge more', async () => {
    const before = await readTruth(db());
    expect(before).toMatchObject({ holds: true, mismatches: [], differences: 0, compared: undefined });
    expect(before.paidOrders).toBe(before.charges);
    expect(before.paidOrders).toBeGreaterThan(50);
    await bought();
    const { holds, paidOrders, charges } = await readTruth(db());
    expect({ holds, paidOrders, charges }).toEqual({
      ...{ holds: true, paidOrders: before.paidOrders + 1, charges: before.charges + 1 },
    });
  });

  test('does not hold, and names the order, when one is charged twice, not at all, or without being paid', async () => {
    const [twice, never, unpaid] = [await bought(), await bought(), await bought()];
    const posting = {
      kind: 'charge' as const,
      debit: 'provider_balance',
      credit: 'sales',
      providerObjectId: 'ch_second',
      amountMinor: 1,
      currency: 'EUR',
    };
    const { ledgerPosting, orders } = schema;
    await db()
      .insert(ledgerPosting)
      .values({ ...posting, orderId: twice });
    await db().execute(sql`delete from ledger_posting where order_id = ${never}::uuid`);
    await db().update(orders).set({ state: 'cancelled', paidAt: null }).where(eq(orders.id, unpaid));
    const truth = await readTruth(db());
    expect(truth.holds).toBe(false);
    // The counts agree: two wrongs must not look like a right.
    expect(truth.charges - truth.paidOrders).toBe(1);
    expect(truth.mismatches).toHaveLength(3);
    const totalMinor = 15_200;
    expect(truth.mismatches).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ orderId: twice, charges: 2, chargedMinor: totalMinor + 1, paidMinor: totalMinor }),
        expect.objectContaining({ orderId: never, charges: 0, chargedMinor: 0, paidMinor: totalMinor }),
        expect.objectContaining({ orderId: unpaid, charges: 1, chargedMinor: totalMinor, paidMinor: null }),
      ]),
    );
    await db().execute(
      sql`delete from ledger_posting where order_id = ${twice}::uuid and provider_object_id = 'ch_second'`,
    );
    await db()
      .insert(ledgerPosting)
      .values({ ...posting, orderId: never, providerObjectId: `ch_${never}`, amountMinor: totalMinor });
    await db().update(orders).set({ state: 'paid', paidAt: sql`statement_timestamp()` }).where(eq(orders.id, unpaid));
    expect((await readTruth(db())).holds).toBe(true);
  });

  test('does not hold while a difference with the provider is open; says which day was compared', async () => {
    const difference = { providerObjectId: 'ch_nobody', kind: 'missing_here', currency: 'EUR' } as const;
    await db().insert(schema.ledgerDifference).values(difference);
    const { ledgerComparison } = schema;
    const finishedAt = new Date('2026-11-24T01:02:00Z');
    await db()
      .insert(ledgerComparison)
      .values([
        { day: '2026-11-22', dueAt: finishedAt, finishedAt, compared: 3 },
        { day: '2026-11-23', dueAt: finishedAt, finishedAt, compared: 84, differences: 1 },
        { day: '2026-11-24', dueAt: finishedAt },
      ]);
    expect(await readTruth(db())).toMatchObject({
      ...{ holds: false, mismatches: [], differences: 1 },
      compared: { day: '2026-11-23', moves: 84, finishedAt },
    });
    expect(await readDifferences(db())).toMatchObject({
      open: [difference],
      settled: [],
      days: [{ day: '2026-11-24', finishedAt: null }, { day: '2026-11-23' }, { day: '2026-11-22' }],
    });
    await db().delete(schema.ledgerDifference);
  });
});

describe('orders', () => {
  test('are listed newest first, page by page, each once, while new ones come', async () => {
    const seen: string[] = [];
    let page = await ordersOf({});
    expect(page.rows).toHaveLength(50);
    for (;;) {
      seen.push(...page.rows.map(({ id }) => id));
      if (!page.next) break;
      if (seen.length === 50) await bought();
      page = await ordersOf({ after: page.next });
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(seen.toSorted().reverse());
    expect(seen).toHaveLength((await db().$count(schema.orders)) - 1);
  });

  test('are found by number, e-mail, id, intent, charge and refund, however they are typed', async () => {
    const id = await bought();
    const [money] = await db().select().from(schema.payment).where(eq(schema.payment.orderId, id));
    const [posting] = await db().select().from(schema.ledgerPosting).where(eq(schema.ledgerPosting.orderId, id));
    const number = orderNumber(id);
    const only = async (search: string) => (await ordersOf({ search })).rows.map((row) => row.id);
    for (const typed of [number, number.toLowerCase(), number.replace('-', ''), `${number}-1`, ` ${number} `]) {
      expect({ typed, found: await only(typed) }).toEqual({ typed, found: [id] });
    }
    expect(await only(id)).toEqual([id]);
    expect(await only(money?.intentId ?? '')).toEqual([id]);
    expect(await only(posting?.providerObjectId ?? '')).toEqual([id]);
    expect(await only('MIRA@example.ORG')).toContain(id);
    expect(await only('nobody@example.org')).toEqual([]);
    expect(await only('pi_nobody')).toEqual([]);
    expect(await only('2222-2222')).toEqual([]);
    expect(await only(uuidv7())).toEqual([]);
    const [refund] = await db().select().from(schema.refund).limit(1);
    expect(await only(refund?.providerRefundId ?? '')).toEqual([refund?.orderId]);
  });

  test('are not looked for by what can be none of it', async () => {
    for (const search of ['O0I1-LLLL', "'; drop table orders; --", '%', 'lee shore', '152', '7'.repeat(5_000)]) {
      expect(await listOrders(db(), { filter: 'all', search })).toBeUndefined();
    }
  });

  test('are filtered, each by what its filter says', async () => {
    const states = async (filter: OrderQuestion['filter']) =>
      new Set((await ordersOf({ filter })).rows.map(({ state }) => state));
    expect(await states('paid')).toEqual(new Set(['paid']));
    expect(await states('open')).toEqual(new Set(['reserved']));
    expect(await states('cancelled')).toEqual(new Set(['cancelled']));
    expect(await states('refunded')).toEqual(new Set(['refunded']));
    expect(await states('returned')).toEqual(new Set(['returned']));
    expect((await ordersOf({ filter: 'review' })).rows.map(({ reviewReason }) => reviewReason)).toEqual([
      'amount_differs',
    ]);
    expect((await ordersOf({ filter: 'disputed' })).rows).toEqual([]);
  });

  test('whose outcome has been unknown for five minutes are found and counted; those who wait for a bank are not', async () => {
    const id = await bought();
    const { payment, paymentAttempt } = schema;
    const attempt = eq(paymentAttempt.orderId, id);
    const longAgo = sql`statement_timestamp() - interval '6 minutes'`;
    await db()
      .update(paymentAttempt)
      .set({ state: 'open', endedAt: null, openedAt: sql`statement_timestamp()` })
      .where(attempt);
    await db()
      .update(payment)
      .set({ state: 'new', openAttempt: 0, askAt: sql`statement_timestamp()` })
      .where(eq(payment.orderId, id));
    const found = async () => (await ordersOf({ filter: 'unknown' })).rows.map((row) => row.id);
    expect(await found()).toEqual([]);
    await db().update(paymentAttempt).set({ openedAt: longAgo }).where(attempt);
    expect(await found()).toEqual([id]);
    expect((await countNeeds(db())).unknown).toBe(1);
    await db().update(payment).set({ state: 'processing' }).where(eq(payment.orderId, id));
    expect(await found()).toEqual([]);
    await db()
      .update(payment)
      .set({ state: 'succeeded', openAttempt: null, askAt: null })
      .where(eq(payment.orderId, id));
    await db().update(paymentAttempt).set({ state: 'paid', endedAt: longAgo }).where(attempt);
    // A refund that was sent and never heard of.
    const refund = { id: uuidv7(), orderId: id, amountMinor: 100, currency: 'EUR', reason: 'x', actor: 'staff:x' };
    await db()
      .insert(schema.refund)
      .values({ ...refund, askAt: longAgo, createdAt: longAgo });
    expect(await found()).toEqual([id]);
    await db().update(schema.refund).set({ providerRefundId: 're_1' }).where(eq(schema.refund.id, refund.id));
    expect(await found()).toEqual([]);
    await db().delete(schema.refund).where(eq(schema.refund.id, refund.id));
  });

  test('a file has everything of its order, and of nobody else; an unknown order has none', async () => {
    const id = await bought();
    const file = await readOrder(open.storefront.shop, id);
    expect(file).toMatchObject({
      ...{
        id,
        state: 'paid',
        attempts: [{ attempt: 0, state: 'paid' }],
        refundRows: [],
        letters: [{ kind: 'receipt' }],
      },
      payment: { state: 'succeeded', capturedMinor: 15_200 },
      postings: [{ orderId: id, kind: 'charge', amountMinor: 15_200 }],
      operations: [{ operation: 'checkout.pay', state: 'succeeded' }],
    });
    expect(file.timeline.map(({ action }) => action)).toEqual([
      ...['order.reserved', 'attempt.opened', 'intent.stored', 'order.paid'],
    ]);
    await expect(readOrder(open.storefront.shop, uuidv7())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a number is read back as the figure that the database finds it by, and nothing else is one', () => {
    expect(orderFigure('2222-2222')).toBe(0n);
    expect(orderFigure('3222-2222')).toBe(1n);
    expect(orderFigure('ZZZZ-ZZZZ')).toBe(656_099_999_999n);
    for (const text of ['', '7Q2K', '7Q2K-9MZ0', '7Q2K-9MZDX', '7Q2K_9MZD', '7Q2K-9MZD-']) {
      expect(orderFigure(text)).toBeUndefined();
    }
  });
});

describe('operations', () => {
  test('are listed by state, and what is stored of requests and answers is not shown', async () => {
    const id = await bought();
    await db().execute(sql`
      insert into idempotency.record (id, scope, operation, key, version, state, fingerprint, due_at, input)
      select gen_random_uuid(), 'somebody', 'checkout.pay', 'k' || n, 1, 1, '\\x00', statement_timestamp() + n * interval '1 second',
        '"secret"' from generate_series(1, 60) n`);
    const first = await listOperations(db(), 'waiting');
    const second = await listOperations(db(), 'waiting', first.next);
    expect([first.rows.length, second.rows.length, second.next]).toEqual([50, 10, undefined]);
    const due = [...first.rows, ...second.rows].map(({ dueInMs }) => Math.round((dueInMs ?? 0) / 1_000));
    expect(due).toEqual(due.toSorted((a, b) => a - b));
    expect(await countOperations(db())).toMatchObject({ waiting: 60, needs_review: 0 });
    await db().execute(sql`
      update idempotency.record set state = 4, due_at = null where scope = 'somebody' and key in ('k1', 'k2')`);
    expect((await listOperations(db(), 'needs_review')).rows).toHaveLength(2);
    expect((await countNeeds(db())).operations).toBe(2);
    await db().execute(sql`delete from idempotency.record where scope = 'somebody'`);

    const [record] = (await readOrder(open.storefront.shop, id)).operations;
    const view = await readOperation(open.storefront.shop, record?.recordId ?? '');
    expect(view).toMatchObject({ operation: 'checkout.pay', scope: id, state: 'succeeded', operatorLog: [] });
    expect(JSON.stringify(view)).not.toContain('ctoken_');
    expect(await readOperation(open.storefront.shop, uuidv7())).toBeUndefined();
  });
});

describe('what waits for a person', () => {
  test('is counted as the worker counts it, and listed', async () => {
    const before = await countNeeds(db());
    expect(before).toMatchObject({ flagged: 1, unknown: 0, operations: 0, differences: 0, events: 0, letters: 0 });
    await keepEvent(db(), { id: 'evt_waits', kind: 'payment_intent.succeeded', objectId: 'pi_1' });
    await keepEvent(db(), { id: 'evt_parked', kind: 'payment_intent.succeeded', objectId: 'pi_2' });
    const { outbox, providerEvent } = schema;
    await db()
      .update(providerEvent)
      .set({ parkedAt: sql`statement_timestamp()`, lastError: 'there is no order of it yet' })
      .where(eq(providerEvent.id, 'evt_parked'));
    const id = await bought();
    await db().update(outbox).set({ deadAt: sql`statement_timestamp()` }).where(eq(outbox.orderId, id));
    const { events, letters } = await countNeeds(db());
    expect({ events, letters }).toEqual({ events: 1, letters: 1 });
    expect(await countAttention(db())).toMatchObject({ events, letters });
    expect((await listEvents(db(), 'parked')).rows.map((event) => event.id)).toEqual(['evt_parked']);
    expect((await listEvents(db(), 'waiting')).rows.map((event) => event.id)).toContain('evt_waits');
    expect((await listEvents(db(), 'all')).rows.length).toBeGreaterThanOrEqual(2);
    expect(await countEvents(db())).toMatchObject({ parked: 1 });
    expect(await readOutbox(db())).toMatchObject({ dead: [{ orderId: id, kind: 'receipt' }], deadCount: 1 });
  });

  test('events are listed page by page, in every order that there is', async () => {
    const ids = Array.from({ length: 60 }, (_, i) => `evt_page_${String(i).padStart(2, '0')}`);
    await db().execute(sql`
      insert into provider_event (id, kind, object_id, parked_at)
      select 'evt_page_' || lpad(n::text, 2, '0'), 'payment_intent.succeeded', 'pi', statement_timestamp() from generate_series(0, 59) n`);
    for (const filter of ['parked', 'all'] as const) {
      const first = await listEvents(db(), filter);
      const second = await listEvents(db(), filter, first.next);
      const seen = [...first.rows, ...second.rows].map(({ id }) => id);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toEqual(expect.arrayContaining(ids));
    }
    await db().delete(schema.providerEvent).where(inArray(schema.providerEvent.id, ids));
  });
});

test('every edition is listed with its copies, and each sold copy with the order that has it', async () => {
  const editions = await listEditions(db());
  expect(editions).toHaveLength(24);
  for (const { copies, available, held, sold } of editions) expect(available + held + sold).toBe(copies);
  const found = await readEdition(db(), 'low-tide');
  expect(found?.copies).toHaveLength(30);
  expect(found?.copies.every(({ state, order }) => state === 'sold' && order !== null)).toBe(true);
  expect(await readEdition(db(), 'no-such-print')).toBeUndefined();
});

test('promotions are listed, running ones first, with how often they were used', async () => {
  const { promotion } = schema;
  const ended = sql`statement_timestamp() - interval '1 day'`;
  await db()
    .insert(promotion)
    .values([
      { code: 'ENDED', percentOff: 10, usesLeft: 5, endsAt: ended },
      { code: 'RUNS', percentOff: 20, usesLeft: 5 },
      { code: 'USED', percentOff: 30, usesLeft: 0 },
    ]);
  expect((await listPromotions(db())).map(({ code, isRunning, uses }) => [code, isRunning, uses])).toEqual([
    ...[['RUNS', true, 0] as const, ['ENDED', false, 0] as const, ['USED', false, 0] as const],
  ]);
});

test('what staff did is listed newest first, page by page, and nothing that processes did', async () => {
  const { audit } = schema;
  await db()
    .insert(audit)
    .values(
      Array.from({ length: 60 }, (_, i) => ({
        ...{ id: uuidv7(), subjectId: uuidv7(), actor: i === 0 ? 'worker' : 'staff:mira', action: 'event.retried' },
      })),
    );
  const first = await listStaffActions(db());
  const second = await listStaffActions(db(), first.next);
  expect([first.rows.length, second.rows.length]).toEqual([50, 9]);
  expect(new Set([...first.rows, ...second.rows].map(({ id }) => id)).size).toBe(59);
  const latest = await db().select().from(audit).where(isNotNull(audit.at)).orderBy(desc(audit.at), desc(audit.id));
  expect(first.rows[0]?.id).toBe(latest.find(({ actor }) => actor === 'staff:mira')?.id);
  expect((await listStaffActions(db(), 'nonsense')).rows).toHaveLength(50);
});
