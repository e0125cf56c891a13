import { shop } from './killers.ts';
import type { Mutant } from './mutant.ts';

const CHECKOUT = 'packages/checkout/src';

/** Mistakes with money that has come, or goes back. */
export const BOOKS: readonly Mutant[] = [
  {
    name: 'late money ignored',
    breaks: 'an order that was cancelled and charged all the same stays cancelled',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: 'inArray(payment.state, [...OPEN])))',
      },
    ],
    killer: shop(
      'end',
      'late money for a cancelled order buys its copies while they are free, and asks a person when they are not',
    ),
  },
  {
    name: 'settled twice',
    breaks: 'who settles second sells, posts and mails again',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: "inArray(payment.state, [...OPEN, 'canceled', 'succeeded'])))",
      },
    ],
    killer: shop(
      'end',
      'twice records the charge once; and a cancel that comes after it undoes nothing, but asks a person',
    ),
  },
  {
    name: 'any intent settles',
    breaks: 'an intent that is not the order’s makes it paid',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: '  if (money.intentId === intent.id) return true;\n',
        to: '  if (money.intentId !== null) return true;\n',
      },
    ],
    killer: shop('end', 'ignores an intent that is not the one of its order'),
  },
  {
    name: 'a second charge is taken for the first',
    breaks: 'an order that was charged twice looks as if it was charged once, and nobody is asked',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: '  if (found.length > 0) await flagOrder(tx, orderId, reviewReason, actor);\n',
        to: '  if (found.length > 1) await flagOrder(tx, orderId, reviewReason, actor);\n',
      },
    ],
    killer: shop(
      'ledger-differences',
      'is never taken for the first: it is kept as a difference, and a person is asked',
    ),
  },
  {
    name: 'nobody asks',
    breaks: 'a payment of which no event came and that nobody tries any more stays open for ever',
    changes: [
      {
        file: `${CHECKOUT}/reconcile/open.ts`,
        from: "if (taken.intentId) await recordIntent(shop, taken.intentId, { signal: within, actor: 'worker' });",
        to: "if (taken.intentId === '') await recordIntent(shop, taken.intentId, { signal: within, actor: 'worker' });",
      },
    ],
    killer: shop(
      'reconcile',
      'is not asked about before, and then settled by what the provider says, though its record is parked',
    ),
  },
  {
    name: 'promotion limit unguarded',
    breaks: 'a code with ten uses is used by fifty',
    changes: [
      {
        file: `${CHECKOUT}/promotions.ts`,
        from: '.where(and(eq(promotion.code, code), eq(promotion.percentOff, percentOff), running))\n    .returning',
        to: '.where(and(eq(promotion.code, code), eq(promotion.percentOff, percentOff)))\n    .returning',
      },
    ],
    killer: shop(
      'promotion',
      'with ten uses that fifty people want at once is used ten times; forty are told, and charged nothing',
    ),
  },
  {
    name: 'refund without a key',
    breaks: 'a refund that is sent again goes out twice',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe-refunds.ts`,
        from: '{ idempotencyKey: key, maxNetworkRetries: 0 }',
        to: '{ idempotencyKey: `${key}${Math.random()}`, maxNetworkRetries: 0 }',
      },
    ],
    killer: shop(
      'refund',
      'that comes later than we wait, and after we have looked for it and sent again, is one refund: the key is the same',
    ),
  },
  {
    name: 'refund sent a day later',
    breaks: 'a refund whose key the provider has forgotten is sent again',
    changes: [
      {
        file: `${CHECKOUT}/refund/workflow.ts`,
        from: 'const RESEND_WITHIN_MS = 12 * 3_600_000;',
        to: 'const RESEND_WITHIN_MS = 1_000 * 3_600_000;',
      },
    ],
    killer: shop('refund', 'that never came is not asked for by sending after twelve hours: a person decides'),
  },
  {
    name: 'over-refund',
    breaks: 'more is given back than was charged',
    changes: [
      {
        file: `${CHECKOUT}/refund/reserve.ts`,
        from: '        sql`${payment.capturedMinor} - ${payment.refundedMinor} - ${payment.refundPendingMinor} >= ${amountMinor}::int`,\n',
        to: '',
      },
    ],
    killer: shop('refund', 'of more than is left is refused, and nothing is sent'),
  },
  {
    name: 'refund of an old page',
    breaks: 'two people who saw the same page give the money back twice',
    changes: [
      {
        file: `${CHECKOUT}/refund/reserve.ts`,
        from: '        sql`${payment.refundedMinor} + ${payment.refundPendingMinor} = ${refundedMinor}::int`,\n',
        to: '',
      },
    ],
    killer: shop(
      'refund',
      'asked for by two people who saw the same page is one refund: the second is told that something changed',
    ),
  },
];
