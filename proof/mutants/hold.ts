import { shop } from './killers.ts';
import type { Mutant } from './mutant.ts';

const CHECKOUT = 'packages/checkout/src';

/** Mistakes with copies, with their holds, and with what ends them. */
export const HOLD: readonly Mutant[] = [
  {
    name: 'first sent past the hold',
    breaks: 'a card is charged for a copy that may be somebody else’s by now',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: '        if (await services.holdOver(r.orderId)) return end(await services.payments.cancel(intentId, { signal }));\n        const said',
        to: '        const said',
      },
    ],
    killer: shop(
      'end',
      'before its card was confirmed, and the hold ended since: nothing is first sent, the payment is cancelled',
    ),
  },
  {
    name: 'cancel under one key',
    breaks: 'an old refusal to cancel is replayed for a day',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: '{ idempotencyKey: randomUUID(), maxNetworkRetries: 1 }',
        to: '{ idempotencyKey: `${randomUUID.name}${intentId}`, maxNetworkRetries: 1 }',
      },
    ],
    killer: shop('stripe', 'is sent under a new key each time, and any answer but canceled is followed by a look-up'),
  },
  {
    name: 'a cancel is believed',
    breaks: 'whatever is said to a cancel, the payment counts as canceled',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: '        // Refused or lost: either way the intent itself says how it stands.\n      }\n      return await retrieve(intentId, { signal });',
        to: "        // Refused or lost.\n      }\n      return { ...(await retrieve(intentId, { signal })), status: 'canceled' };",
      },
    ],
    killer: shop('stripe', 'is sent under a new key each time, and any answer but canceled is followed by a look-up'),
  },
  {
    name: 'released with an open intent',
    breaks: 'copies are free while the provider may still charge for them',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: 'and(eq(payment.orderId, order.id), isNull(payment.intentId), inArray(payment.state, [...OPEN]))',
        to: 'and(eq(payment.orderId, order.id), inArray(payment.state, [...OPEN]))',
      },
    ],
    killer: shop('end', 'after a decline cancels the intent, frees the copies and ends the order'),
  },
  {
    name: 'a hold ends while the bank works',
    breaks: 'a payment that is processing is cancelled by the end of its hold',
    changes: [
      {
        file: `${CHECKOUT}/holds.ts`,
        from: "or(isNull(payment.state), ne(payment.state, 'processing')),",
        to: "or(isNull(payment.state), ne(payment.state, 'none' as 'new')),",
      },
    ],
    killer: shop('end', 'is waited for: the copies stay held past the hold, and the payment settles when it is known'),
  },
  {
    name: 'a hold ended though it was renewed',
    breaks: 'a worker ends what the shopper has just extended',
    changes: [
      {
        file: `${CHECKOUT}/cancel.ts`,
        from: "if (name === 'checkout.end_hold' && !open.holdOver)",
        to: "if (name === 'checkout.end_hold' && open.state !== 'open')",
      },
    ],
    killer: shop('end', 'that was renewed since a worker saw it end is not ended'),
  },
  {
    name: 'a decline frees the copy',
    breaks: 'the next card pays for a copy that somebody else has taken',
    changes: [
      {
        file: `${CHECKOUT}/refuse.ts`,
        from: '  return reject(refusal);\n}',
        to: '  await freeCopiesOf(tx, orderId);\n  return reject(refusal);\n}',
      },
      {
        file: `${CHECKOUT}/refuse.ts`,
        from: "import type { DeclineReason } from './payments/payments.ts';",
        to: "import { freeCopiesOf } from './copies.ts';\nimport type { DeclineReason } from './payments/payments.ts';",
      },
    ],
    killer: shop(
      'refusal',
      'ends the attempt, not the order: the next card confirms the same intent under the next key',
    ),
  },
  {
    name: 'all copies or some',
    breaks: 'one copy short, the order is born with the others',
    changes: [
      {
        file: `${CHECKOUT}/reserve.ts`,
        from: 'const used = gone.length === 0 && (promotion',
        to: 'const used = gone.length < lines.length && (promotion',
      },
    ],
    killer: shop('refusal', 'takes all its copies or none'),
  },
  {
    name: 'sold without its holder',
    breaks: 'a copy is sold to whoever pays, also when another holds it',
    changes: [
      {
        file: `${CHECKOUT}/copies.ts`,
        from: ".where(and(named(name), or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), eq(copy.heldBy, orderId)))))",
        to: '.where(named(name))',
      },
    ],
    killer: shop(
      'end',
      'late money for a cancelled order buys its copies while they are free, and asks a person when they are not',
    ),
  },
  {
    name: 'held without looking',
    breaks: 'who asks for a copy takes it out of another’s hands',
    changes: [
      {
        file: `${CHECKOUT}/copies.ts`,
        from: "or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), inArray(copy.heldBy, [holder, ...from]))),",
        to: "or(eq(copy.state, 'available'), and(eq(copy.state, 'held'), sql`${from.length} >= 0`)),",
      },
    ],
    killer: shop('cart', 'names the number that went to somebody else after its hold ended'),
  },
  {
    name: 'unsorted locks',
    breaks: 'two carts with the same two prints wait for each other',
    changes: [
      {
        file: `${CHECKOUT}/copies.ts`,
        from: '  copies.toSorted((a, b) => (a.editionId < b.editionId ? -1 : a.editionId > b.editionId ? 1 : a.number - b.number));',
        to: '  [...copies];',
      },
    ],
    killer: shop(
      'cart',
      'in two carts that list the same numbers in another order takes them in one order: one waits, nobody deadlocks',
    ),
  },
  {
    name: 'two checkouts of one cart',
    breaks: 'Check out, pressed in two tabs, starts two checkouts',
    changes: [
      {
        file: `${CHECKOUT}/checkout.ts`,
        from: 'and(eq(cart.id, cartId), sql`${cart.checkoutId} is not distinct from ${seen?.checkoutId ?? null}::uuid`)',
        to: 'eq(cart.id, cartId)',
      },
      {
        file: `${CHECKOUT}/checkout.ts`,
        from: '    if (now?.checkoutId !== seen?.checkoutId) throw new StartLost();\n    throw await refusalOf(tx, line);',
        to: '    if (now?.checkoutId === seen?.checkoutId) throw await refusalOf(tx, line);',
      },
    ],
    killer: shop('cart', 'pressed in two tabs at once starts one checkout, which takes the copies over'),
  },
];
