// What must be true of one order, whatever has happened to it: told from three records that do not read each other (our
// database, the provider's charges, what the shopper was told). Numbers as in docs/proof.md.
import type { Status } from '@once/checkout';
import { isFinal } from './heal.ts';
import { type Order, type Stage, TOTAL_MINOR } from './stage.ts';

/** What one press of Pay came to: undefined when its process died before it answered. */
export type Heard = { readonly value: unknown } | { readonly error: unknown } | undefined;

interface Books {
  readonly order_state: string | null;
  readonly captured: number | null;
  readonly intent: string | null;
  readonly copy_state: string;
  readonly copy_holder: string | null;
  readonly checkout_state: string;
  readonly cart_checkout: string | null;
  readonly cart_lines: number;
  readonly postings: number;
  readonly posted: number;
  readonly receipts: number;
  readonly paid_times: number;
  readonly intent_times: number;
  readonly unsettled: number;
}

/** @returns what was violated, one line each. */
export async function violations(
  stage: Stage,
  order: Order,
  told: { readonly heard: readonly Heard[]; readonly last: Status | undefined },
): Promise<string[]> {
  const [books] = await stage.admin<Books[]>`
    select o.state as order_state, p.captured_minor::int as captured, p.intent_id as intent, c.state as copy_state,
      c.held_by as copy_holder, k.state as checkout_state, cart.checkout_id as cart_checkout,
      (select count(*)::int from cart_line where cart_id = ${order.cartId}) as cart_lines,
      (select count(*)::int from ledger_posting where order_id = k.id) as postings,
      (select coalesce(sum(amount_minor), 0)::int from ledger_posting where order_id = k.id) as posted,
      (select count(*)::int from outbox where order_id = k.id and kind = 'receipt') as receipts,
      (select count(*)::int from audit where subject_id = k.id and action = 'order.paid') as paid_times,
      (select count(*)::int from audit where subject_id = k.id and action = 'intent.stored') as intent_times,
      (select count(*)::int from idempotency.record where scope = ${order.id} and state in (0, 1, 4)) as unsettled
    from checkout k join cart on cart.id = k.cart_id
      join copy c on c.edition_id = ${stage.editionId} and c.number = ${order.number}
      left join orders o on o.id = k.id left join payment p on p.order_id = k.id
    where k.id = ${order.id}`;
  if (!books) return ['the checkout is gone'];
  const charges = stage.provider.chargesOf(order.id);
  return [
    ...ofMoney(books, charges),
    ...ofCopy(books, order),
    ...ofAnswers(charges.length, told),
    ...ofRest(books, stage),
  ];
}

function ofMoney(books: Books, charges: readonly { amountMinor: number; intentId: string }[]): string[] {
  const paid = books.order_state === 'paid';
  return broken({
    [`I1 charged ${charges.length} times`]: charges.length > 1,
    'I2 charged, and the order is not paid': charges.length > 0 && !paid,
    'I3 the order is paid, and nothing was charged': paid && charges.length === 0,
    'I3 the amount is not the order’s':
      paid && (charges[0]?.amountMinor !== TOTAL_MINOR || books.captured !== TOTAL_MINOR),
    'I2 paid by another intent than the stored one': paid && charges[0]?.intentId !== books.intent,
    'I7 the order was paid twice': books.paid_times > 1 || (paid && books.paid_times !== 1),
    'I7 an intent was stored twice': books.intent_times > 1,
    'I12 the ledger differs from what was charged': books.posted !== charges.length * TOTAL_MINOR || books.postings > 1,
    'I12 receipts differ from orders paid': books.receipts !== (paid ? 1 : 0),
  });
}

function ofCopy(books: Books, { id }: Order): string[] {
  const paid = books.order_state === 'paid';
  return broken({
    'I11 the copy of a paid order is not its own': paid && (books.copy_state !== 'sold' || books.copy_holder !== id),
    'I11 nobody bought it, and the copy is not for sale': !paid && books.copy_state !== 'available',
    'I11 the cart keeps what was bought': paid && books.cart_lines > 0,
    'I11 the checkout has ended, and the cart is still in it':
      books.checkout_state === 'ended' && books.cart_checkout !== null,
  });
}

function ofAnswers(charges: number, { heard, last }: { heard: readonly Heard[]; last: Status | undefined }): string[] {
  const answers = heard.flatMap((one) => (one && 'value' in one ? [one.value as Status] : []));
  const finals = [...answers.filter(isFinal), ...(last ? [last] : [])];
  const errors = heard.flatMap((one) => (one && 'error' in one ? [String(one.error)] : []));
  const kinds = new Set(finals.map(({ answer }) => (answer === 'paid' ? 'paid' : 'not paid')));
  return broken({
    [`I5 the shopper saw an error: ${errors.join('; ')}`]: errors.length > 0,
    [`I5 two answers: ${finals.map(({ answer }) => answer).join(', ')}`]: kinds.size > 1,
    'I10 told that nothing was charged, and it was': charges > 0 && kinds.has('not paid'),
    'I4 told that it is paid, and nothing was charged': charges === 0 && kinds.has('paid'),
    'I13 the shopper never hears an end': last === undefined,
  });
}

function ofRest(books: Books, { errors }: Stage): string[] {
  return broken({
    [`I13 ${books.unsettled} records came to no end`]: books.unsettled > 0,
    'I13 the order came to no end': books.order_state === 'reserved' || books.checkout_state === 'open',
    [`a loop threw: ${errors.map(String).join('; ')}`]: errors.length > 0,
  });
}

const broken = (rules: Readonly<Record<string, boolean>>): string[] =>
  Object.entries(rules).flatMap(([rule, isBroken]) => (isBroken ? [rule] : []));
