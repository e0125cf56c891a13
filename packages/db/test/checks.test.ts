import { testDatabase } from '@once/local-postgres/testing';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed } from '../src/seed/seed.ts';

const CHECK = '23514';

// Each statement would break one rule on rows that keep it now.
const REFUSED: readonly (readonly [rule: string, statement: string])[] = [
  ['edition_style', `update edition set style = 'oil'`],
  ['edition_palette', `update edition set palette = 'beige'`],
  ['edition_stock', `update edition set stock = 'glossy'`],
  ['edition_format', `update edition set format = 'round'`],
  ['edition_copies', `update edition set copies = 0`],
  ['edition_price', `update edition set price_minor = 0`],
  ['edition_currency', `update edition set currency = 'eur'`],
  ['copy_number', `update copy set number = 0 where number = 1`],
  ['copy_state', `update copy set state = 'lost' where state = 'held'`],
  ['copy_holder', `update copy set held_by = gen_random_uuid() where state = 'available'`],
  ['copy_holder', `update copy set held_by = null where state = 'sold'`],
  ['copy_holder', `update copy set state = 'sold' where state = 'available'`],
  ['checkout_state', `update checkout set state = 'paused' where state = 'open'`],
  ['checkout_ended', `update checkout set ended_at = null where state = 'ended'`],
  ['checkout_refusals', `update checkout set refusals = -1`],
  ['checkout_extensions', `update checkout set hold_extensions = 11`],
  ['checkout_shipping', `update checkout set shipping_method = 'pigeon'`],
  ['orders_state', `update orders set state = 'lost' where state = 'cancelled'`],
  ['orders_paid_at', `update orders set paid_at = null where state = 'paid'`],
  ['orders_paid_at', `update orders set paid_at = now() where state = 'reserved'`],
  ['orders_total', `update orders set total_minor = total_minor - 1`],
  ['orders_tax', `update orders set tax_minor = total_minor + 1`],
  ['orders_discount', `update orders set discount_minor = -1, subtotal_minor = subtotal_minor - 1`],
  ['orders_promotion', `update orders set discount_minor = 100, subtotal_minor = subtotal_minor + 100`],
  ['orders_currency', `update orders set currency = ''`],
  ['framing_frame', `update framing set frame = 'gold' where frame = 'oak'`],
  ['framing_price', `update framing set price_minor = 0`],
  ['cart_line_frame', `update cart_line set frame = 'gold'`],
  ['order_line_price', `update order_line set price_minor = -1`],
  ['order_line_frame', `update order_line set frame = 'gold', framing_minor = 1`],
  ['order_line_framing', `update order_line set frame = 'oak'`],
  ['order_line_framing', `update order_line set framing_minor = 100`],
  ['order_line_framing', `update order_line set frame = 'oak', framing_minor = price_minor`],
  ['payment_state', `update payment set state = 'paid'`],
  ['payment_dispute', `update payment set dispute = 'maybe'`],
  ['payment_refunds', `update payment set refunded_minor = captured_minor + 1`],
  ['payment_refunds', `update payment set refund_pending_minor = captured_minor + 1`],
  ['payment_attempt_state', `update payment_attempt set state = 'lost'`],
  ['payment_attempt_ended', `update payment_attempt set state = 'open' where state = 'paid'`],
  ['ledger_posting_kind', `update ledger_posting set kind = 'gift'`],
  ['ledger_posting_amount', `update ledger_posting set amount_minor = 0`],
  ['ledger_posting_amount', `update ledger_posting set credit = debit`],
  ['refund_state', `update refund set state = 'lost'`],
  ['refund_ended', `update refund set ended_at = null`],
  ['refund_amount', `update refund set amount_minor = 0`],
  ['promotion_percent', `insert into promotion (code, percent_off, uses_left) values ('ALL', 101, 1)`],
  ['promotion_uses', `insert into promotion (code, percent_off, uses_left) values ('OVER', 10, -1)`],
  [
    'ledger_difference_kind',
    `insert into ledger_difference (provider_object_id, kind, currency) values ('ch_1', 'odd', 'EUR')`,
  ],
  [
    'ledger_difference_resolution',
    `insert into ledger_difference (provider_object_id, kind, currency, resolved_by) values ('ch_1', 'missing_here', 'EUR', 'staff:a')`,
  ],
  ['outbox_kind', `update outbox set kind = 'advert'`],
  ['figure_step', figureOf('second', 'web')],
  ['figure_app', figureOf('hour', 'provider')],
];

describe('the database refuses', () => {
  let sql: postgres.Sql;
  beforeAll(async () => {
    const { url } = await testDatabase('shop');
    await seed(url);
    sql = postgres(url, { max: 1 });
  });
  afterAll(() => sql.end());

  it.each(REFUSED)('%s: %s', async (rule, statement) => {
    await expect(sql.unsafe(statement)).rejects.toMatchObject({ code: CHECK, constraint_name: rule });
  });

  it('nothing else: every check of the schema is broken here once', async () => {
    const rows = await sql<{ name: string }[]>`
      select conname as name from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace`;
    expect([...new Set(REFUSED.map(([rule]) => rule))].sort()).toEqual(rows.map(({ name }) => name).sort());
  });
});

function figureOf(step: string, app: string): string {
  return `insert into figure (step, slot_at, process, began_at, app, started_at, told_at, counts)
    values ('${step}', now(), gen_random_uuid(), now(), '${app}', now(), now(), '{}')`;
}
