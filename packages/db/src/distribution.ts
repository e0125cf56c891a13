// Which of the shop's tables go where, should one Postgres no longer do: the rows of one order, of one cart, of one edition
// stay together. docs/scaling.md has the SQL; the statements and keys that this asks for are tested on plain Postgres.

/** `by`: rows with the same value of this column are on one node, those of `with` too. */
export type Place = { readonly by: string; readonly with?: string } | 'everywhere' | 'in one place';

export const PLACES: Readonly<Record<string, Place>> = {
  'idempotency.record': { by: 'id' },
  'idempotency.migration': 'in one place',
  cart: { by: 'id' },
  cart_line: { by: 'cart_id', with: 'cart' },
  checkout: { by: 'id' },
  orders: { by: 'id', with: 'checkout' },
  order_line: { by: 'order_id', with: 'checkout' },
  payment: { by: 'order_id', with: 'checkout' },
  payment_attempt: { by: 'order_id', with: 'checkout' },
  ledger_posting: { by: 'order_id', with: 'checkout' },
  refund: { by: 'order_id', with: 'checkout' },
  outbox: { by: 'order_id', with: 'checkout' },
  audit: { by: 'subject_id', with: 'checkout' },
  copy: { by: 'edition_id' },
  promotion: { by: 'code' },
  promotion_use: { by: 'code', with: 'promotion' },
  provider_event: { by: 'id' },
  ledger_difference: { by: 'provider_object_id' },
  // Small, read with carts and with orders, and written by staff alone.
  edition: 'everywhere',
  framing: 'everywhere',
  // Who they are, and how often they try: small, and not on the way of a payment.
  account_cart: 'in one place',
  auth_account: 'in one place',
  auth_rate_limit: 'in one place',
  auth_session: 'in one place',
  auth_user: 'in one place',
  auth_verification: 'in one place',
  figure: 'in one place',
  ledger_comparison: 'in one place',
  order_claim: 'in one place',
  rate_limit: 'in one place',
};

/** For Citus, on tables that are there already, empty or not; one statement per message. */
export function distributionSql(): string[] {
  return Object.entries(PLACES).flatMap(([table, place]) => {
    if (place === 'in one place') return [];
    if (place === 'everywhere') return [`select create_reference_table('${table}');`];
    const together = place.with === undefined ? `'none'` : `'${place.with}'`;
    return [`select create_distributed_table('${table}', '${place.by}', colocate_with => ${together});`];
  });
}
