import type { Killer, Mutant } from './mutant.ts';

const SRC = 'packages/checkout/src';
const test = (file: string, title: string): Killer => ({
  layer: 'shop',
  file: `packages/checkout/test/${file}.test.ts`,
  title,
});

/** Mistakes on the way from Pay to the receipt. */
export const PAYMENT: readonly Mutant[] = [
  {
    name: 'a decline out of an old error',
    breaks: 'the refusal of the first card is told of the second, which then pays',
    changes: [
      {
        file: `${SRC}/pay.ts`,
        from: 'return triedWith !== null && triedWith === intent.methodId && intent.lastError',
        to: 'return intent.lastError',
      },
    ],
    killer: test(
      'end',
      'before its card was confirmed, after another was declined: the old refusal is not taken for an answer',
    ),
  },
  {
    name: 'a decline out of a look that lags',
    breaks: 'a look-up that still shows the first card’s refusal ends the second card’s payment',
    changes: [
      {
        file: `${SRC}/pay.ts`,
        from: 'return triedWith !== null && triedWith === intent.methodId && intent.lastError',
        to: 'return triedWith !== null && intent.lastError',
      },
    ],
    killer: test(
      'faults',
      'a look-up that lags behind shows the first card refused: the second, at its bank, is not taken for refused too',
    ),
  },
  {
    name: 'final 503',
    breaks: 'a server error of the provider is stored as a no',
    changes: [
      {
        file: `${SRC}/payments/stripe.ts`,
        from: "if (isReplayedServerError(error)) return { kind: 'stuck' };",
        to: "if (isReplayedServerError(error)) return { kind: 'declined', reason: 'provider_unavailable' };",
      },
    ],
    killer: test('stripe', 'a 5xx that is replayed will never say more: stuck'),
  },
  {
    name: 'a lost answer is a no',
    breaks: 'an answer that never came is stored as a decline, and the card was charged',
    changes: [
      {
        file: `${SRC}/payments/stripe.ts`,
        from: '        if (!isRefused(error)) throw error;\n        // Refused as such: token',
        to: "        if (!isRefused(error)) return { kind: 'declined', reason: 'card_declined' };\n        // Refused as such: token",
      },
    ],
    killer: test('faults', '%s, once'),
  },
  {
    name: 'a rate limit stored as an outcome',
    breaks: '“too many requests” is told as the card’s no, for ever',
    changes: [
      {
        file: `${SRC}/payments/reading.ts`,
        from: '  error instanceof Stripe.errors.StripeInvalidRequestError &&\n  (error.statusCode === 400 || error.statusCode === 404) &&',
        to: '  (error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripeRateLimitError) &&',
      },
      {
        file: `${SRC}/payments/reading.ts`,
        from: 'isRefused = (error: unknown): error is Stripe.errors.StripeInvalidRequestError =>',
        to: 'isRefused = (error: unknown): error is Stripe.errors.StripeInvalidRequestError | Stripe.errors.StripeRateLimitError =>',
      },
    ],
    killer: test('faults', '%s, once'),
  },
  {
    name: 'confirm under a random key',
    breaks: 'a confirm that is repeated is another one for the provider',
    changes: [
      {
        file: `${SRC}/payments/stripe.ts`,
        from: "            { idempotencyKey: key, maxNetworkRetries: 0 },\n          );\n        return { kind: 'intent'",
        to: "            { idempotencyKey: `${key}${randomUUID()}`, maxNetworkRetries: 0 },\n          );\n        return { kind: 'intent'",
      },
    ],
    killer: test('faults', '%s, once'),
  },
  {
    name: 'an intent per attempt',
    breaks: 'each press makes an intent of its own, and each of them can charge',
    changes: [
      {
        file: `${SRC}/pay.ts`,
        from: 'r.intentId ?? (await stored(services, r, signal)) ?? (await payments.create(r, { key, signal })).id;',
        to: '(r.attempt < 0 && (await stored(services, r, signal))) || (await payments.create(r, { key, signal })).id;',
      },
    ],
    killer: test(
      'refusal',
      'ends the attempt, not the order: the next card confirms the same intent under the next key',
    ),
  },
  {
    name: 'confirm without a stored intent',
    breaks: 'money moves by an intent that the order does not know',
    changes: [
      {
        file: `${SRC}/pay.ts`,
        from: '    .set({ intentId: intend.id })\n',
        to: '    .set({ currency: payment.currency })\n',
      },
      {
        file: `${SRC}/pay.ts`,
        from: 'return row?.intentId ? { intentId: row.intentId, last4: intend.last4 } : undefined;',
        to: 'return row ? { intentId: row.intentId ?? intend.id, last4: intend.last4 } : undefined;',
      },
    ],
    killer: test(
      'refusal',
      'ends the attempt, not the order: the next card confirms the same intent under the next key',
    ),
  },
  {
    name: 'intents not listed',
    breaks: 'a standby that lagged behind makes a second intent for an order that was charged',
    changes: [
      {
        file: `${SRC}/pay.ts`,
        from: 'if (r.attempt === 0 && !(await services.keysGone(r.orderId))) return undefined;',
        to: 'if (r.attempt >= 0) return undefined;',
      },
    ],
    killer: test(
      'a-day-later',
      'a standby that lagged behind knows nothing of a charged order, and the number has moved on: it is not charged again',
    ),
  },
  {
    name: 'remembered whatever the order is',
    breaks: 'the intent of an order that was cancelled meanwhile is stored, and confirmed',
    changes: [
      {
        file: `${SRC}/pay.ts`,
        from: "  if (order?.state !== 'reserved') return undefined;\n",
        to: '  if (!order) return undefined;\n',
      },
      {
        file: `${SRC}/pay.ts`,
        from: '        if (await services.holdOver(r.orderId)) return end(await services.payments.cancel(intentId, { signal }));\n        const said',
        to: '        const said',
      },
    ],
    killer: test(
      'end',
      'before its intent was stored, then cancelled: the worker finds the order cancelled and confirms nothing',
    ),
  },
  {
    name: 'first sent past the hold',
    breaks: 'a card is charged for a copy that may be somebody else’s by now',
    changes: [
      {
        file: `${SRC}/pay.ts`,
        from: '        if (await services.holdOver(r.orderId)) return end(await services.payments.cancel(intentId, { signal }));\n        const said',
        to: '        const said',
      },
    ],
    killer: test(
      'end',
      'before its card was confirmed, and the hold ended since: nothing is first sent, the payment is cancelled',
    ),
  },
  {
    name: 'sent by a process that slept',
    breaks: 'a confirm leaves after the lease has ended',
    changes: [
      {
        file: `${SRC}/payments/stripe.ts`,
        from: "        if (leftMs() <= 0) throw new LeaseOverError('the lease ended before the confirm was sent');",
        to: "        if (leftMs() <= Number.NEGATIVE_INFINITY) throw new LeaseOverError('the lease ended before the confirm was sent');",
      },
    ],
    killer: test('stripe', 'a confirm whose lease has ended is not sent'),
  },
  {
    name: 'cancel under one key',
    breaks: 'an old refusal to cancel is replayed for a day',
    changes: [
      {
        file: `${SRC}/payments/stripe.ts`,
        from: '{ idempotencyKey: randomUUID(), maxNetworkRetries: 1 }',
        to: '{ idempotencyKey: `${randomUUID.name}${intentId}`, maxNetworkRetries: 1 }',
      },
    ],
    killer: test('stripe', 'is sent under a new key each time, and any answer but canceled is followed by a look-up'),
  },
  {
    name: 'a cancel is believed',
    breaks: 'whatever is said to a cancel, the payment counts as canceled',
    changes: [
      {
        file: `${SRC}/payments/stripe.ts`,
        from: '        // Refused or lost: either way the intent itself says how it stands.\n      }\n      return await retrieve(intentId, { signal });',
        to: "        // Refused or lost.\n      }\n      return { ...(await retrieve(intentId, { signal })), status: 'canceled' };",
      },
    ],
    killer: test('end', 'while Pay is pressed ends in one of two ways, and the provider agrees with the shop'),
  },
  {
    name: 'released with an open intent',
    breaks: 'copies are free while the provider may still charge for them',
    changes: [
      {
        file: `${SRC}/settle.ts`,
        from: 'and(eq(payment.orderId, order.id), isNull(payment.intentId), inArray(payment.state, [...OPEN]))',
        to: 'and(eq(payment.orderId, order.id), inArray(payment.state, [...OPEN]))',
      },
    ],
    killer: test('end', 'after a decline cancels the intent, frees the copies and ends the order'),
  },
  {
    name: 'a hold ends while the bank works',
    breaks: 'a payment that is processing is cancelled by the end of its hold',
    changes: [
      {
        file: `${SRC}/holds.ts`,
        from: "or(isNull(payment.state), ne(payment.state, 'processing')),",
        to: "or(isNull(payment.state), ne(payment.state, 'none' as 'new')),",
      },
    ],
    killer: test('end', 'is waited for: the copies stay held past the hold, and the payment settles when it is known'),
  },
  {
    name: 'a hold ended though it was renewed',
    breaks: 'a worker ends what the shopper has just extended',
    changes: [
      {
        file: `${SRC}/cancel.ts`,
        from: "if (name === 'checkout.end_hold' && !open.holdOver)",
        to: "if (name === 'checkout.end_hold' && open.state !== 'open')",
      },
    ],
    killer: test('end', 'that was renewed since a worker saw it end is not ended'),
  },
  {
    name: 'a decline frees the copy',
    breaks: 'the next card pays for a copy that somebody else has taken',
    changes: [
      {
        file: `${SRC}/refuse.ts`,
        from: '  return reject(refusal);\n}',
        to: '  await freeCopiesOf(tx, orderId);\n  return reject(refusal);\n}',
      },
      {
        file: `${SRC}/refuse.ts`,
        from: "import type { DeclineReason } from './payments/payments.ts';",
        to: "import { freeCopiesOf } from './copies.ts';\nimport type { DeclineReason } from './payments/payments.ts';",
      },
    ],
    killer: test(
      'refusal',
      'ends the attempt, not the order: the next card confirms the same intent under the next key',
    ),
  },
  {
    name: 'a number used twice',
    breaks: 'an attempt whose record is gone runs again under its old number',
    changes: [
      {
        file: `${SRC}/reserve.ts`,
        from: "open.state === 'ended' || open.refusals !== input.attempt || (order && order.state !== 'reserved')",
        to: "open.state === 'ended' || (order && order.state !== 'reserved')",
      },
    ],
    killer: test('refusal', 'stores nothing and is told where the checkout stands'),
  },
  {
    name: 'a new total under an old page',
    breaks: 'the shopper pays something else than the page has shown',
    changes: [
      {
        file: `${SRC}/reserve.ts`,
        from: '  if (totals.totalMinor !== input.expectedTotalMinor) {',
        to: '  if (totals.totalMinor < 0) {',
      },
    ],
    killer: test('refusal', 'charges nothing when the page showed another total'),
  },
  {
    name: 'all copies or some',
    breaks: 'one copy short, the order is born with the others',
    changes: [
      {
        file: `${SRC}/reserve.ts`,
        from: 'const used = gone.length === 0 && (promotion',
        to: 'const used = gone.length < lines.length && (promotion',
      },
    ],
    killer: test('refusal', 'takes all its copies or none'),
  },
  {
    name: 'sold without its holder',
    breaks: 'a copy is sold to whoever pays, also when another holds it',
    changes: [
      {
        file: `${SRC}/copies.ts`,
        from: ".where(and(named(name), or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), eq(copy.heldBy, orderId)))))",
        to: '.where(named(name))',
      },
    ],
    killer: test(
      'end',
      'late money for a cancelled order buys its copies while they are free, and asks a person when they are not',
    ),
  },
  {
    name: 'held without looking',
    breaks: 'who asks for a copy takes it out of another’s hands',
    changes: [
      {
        file: `${SRC}/copies.ts`,
        from: "or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), inArray(copy.heldBy, [holder, ...from]))),",
        to: "or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), sql`${from.length} >= 0`)),",
      },
    ],
    killer: test(
      'race',
      '200 people buy an edition of 40 at once: each number once, 160 clear refusals, nobody charged without a copy',
    ),
  },
  {
    name: 'unsorted locks',
    breaks: 'two carts with the same two prints wait for each other',
    changes: [
      {
        file: `${SRC}/copies.ts`,
        from: '  copies.toSorted((a, b) => (a.editionId < b.editionId ? -1 : a.editionId > b.editionId ? 1 : a.number - b.number));',
        to: '  [...copies];',
      },
    ],
    killer: test(
      'cart',
      'in two carts that list the same numbers in another order takes them in one order: one waits, nobody deadlocks',
    ),
  },
  {
    name: 'late money ignored',
    breaks: 'an order that was cancelled and charged all the same stays cancelled',
    changes: [
      {
        file: `${SRC}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: 'inArray(payment.state, [...OPEN])))',
      },
    ],
    killer: test(
      'end',
      'late money for a cancelled order buys its copies while they are free, and asks a person when they are not',
    ),
  },
  {
    name: 'settled twice',
    breaks: 'who settles second sells, posts and mails again',
    changes: [
      {
        file: `${SRC}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: "inArray(payment.state, [...OPEN, 'canceled', 'succeeded'])))",
      },
    ],
    killer: test('end', 'twice, or after a cancel that was not one, records the charge once'),
  },
  {
    name: 'a posting under a new id each time',
    breaks: 'the ledger has the charge twice',
    changes: [
      {
        file: `${SRC}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: "inArray(payment.state, [...OPEN, 'canceled', 'succeeded'])))",
      },
      {
        file: `${SRC}/settle.ts`,
        from: "      providerObjectId: intent.chargeId ?? intent.id,\n      kind: 'charge',",
        to: "      providerObjectId: `${intent.chargeId ?? intent.id}${Math.random()}`,\n      kind: 'charge',",
      },
    ],
    killer: test('end', 'twice, or after a cancel that was not one, records the charge once'),
  },
  {
    name: 'any intent settles',
    breaks: 'an intent that is not the order’s makes it paid',
    changes: [
      {
        file: `${SRC}/settle.ts`,
        from: '  if (money.intentId === intent.id) return true;\n',
        to: '  if (money.intentId !== null) return true;\n',
      },
    ],
    killer: test('end', 'ignores an intent that is not the one of its order'),
  },
  {
    name: 'replayed to anybody',
    breaks: 'who knows the key gets the answer of somebody else’s payment',
    changes: [
      {
        file: `${SRC}/rows.ts`,
        from: 'and(eq(checkout.id, checkoutId), eq(checkout.cartId, cartId))',
        to: "and(eq(checkout.id, checkoutId), cartId === '' ? eq(checkout.cartId, cartId) : undefined)",
      },
    ],
    killer: test('purchase', "answers somebody else's checkout like one that does not exist"),
  },
  {
    name: 'a duplicate in flight is an error',
    breaks: 'who presses while the first press is under way hears of a failure',
    changes: [
      {
        file: `${SRC}/press.ts`,
        from: "    if (error.code === 'IDEMPOTENCY_IN_FLIGHT' || error.code === 'IDEMPOTENCY_LEASE_LOST') {\n      // One that",
        to: "    if (error.code === 'IDEMPOTENCY_LEASE_LOST') {\n      // One that",
      },
      {
        file: `${SRC}/press.ts`,
        from: "      if (error.code === 'IDEMPOTENCY_IN_FLIGHT') await countReplay(shop, checkoutId, attempt);\n",
        to: '',
      },
    ],
    killer: test(
      'inbox',
      'a press that comes again while the first is under way, and after it, is counted and sends nothing',
    ),
  },
  {
    name: 'the total may change under the key',
    breaks: 'the fingerprint does not cover what the shopper agreed to',
    changes: [
      {
        file: `${SRC}/press.ts`,
        from: 'input: { checkoutId, attempt, ...rest },\n      // Where',
        to: 'input: { checkoutId, attempt, ...rest, expectedTotalMinor: 0 * rest.expectedTotalMinor },\n      // Where',
      },
    ],
    killer: test('purchase', 'with another card or total under the same key sends nothing'),
  },
];
