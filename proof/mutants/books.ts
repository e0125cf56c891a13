import type { Killer, Mutant } from './mutant.ts';

const SRC = 'packages/checkout/src';
const test = (file: string, title: string): Killer => ({
  layer: 'shop',
  file: `packages/checkout/test/${file}.test.ts`,
  title,
});

/** Mistakes with what comes after a payment, and beside it: refunds, events, mails, codes, secrets. */
export const BOOKS: readonly Mutant[] = [
  {
    name: 'refund without a key',
    breaks: 'a refund that is sent again goes out twice',
    changes: [
      {
        file: `${SRC}/payments/stripe-refunds.ts`,
        from: '{ idempotencyKey: key, maxNetworkRetries: 0 }',
        to: '{ idempotencyKey: `${key}${Math.random()}`, maxNetworkRetries: 0 }',
      },
    ],
    killer: test(
      'refund',
      'that comes later than we wait, and after we have looked for it and sent again, is one refund: the key is the same',
    ),
  },
  {
    name: 'refund sent a day later',
    breaks: 'a refund whose key the provider has forgotten is sent again',
    changes: [
      {
        file: `${SRC}/refund/workflow.ts`,
        from: 'const RESEND_WITHIN_MS = 12 * 3_600_000;',
        to: 'const RESEND_WITHIN_MS = 1_000 * 3_600_000;',
      },
    ],
    killer: test('refund', 'that never came is not asked for by sending after twelve hours: a person decides'),
  },
  {
    name: 'over-refund',
    breaks: 'more is given back than was charged',
    changes: [
      {
        file: `${SRC}/refund/reserve.ts`,
        from: '        sql`${payment.capturedMinor} - ${payment.refundedMinor} - ${payment.refundPendingMinor} >= ${amountMinor}::int`,\n',
        to: '',
      },
    ],
    killer: test('refund', 'of more than is left is refused, and nothing is sent'),
  },
  {
    name: 'refund of an old page',
    breaks: 'two people who saw the same page give the money back twice',
    changes: [
      {
        file: `${SRC}/refund/reserve.ts`,
        from: '        sql`${payment.refundedMinor} + ${payment.refundPendingMinor} = ${refundedMinor}::int`,\n',
        to: '',
      },
    ],
    killer: test(
      'refund',
      'asked for by two people who saw the same page is one refund: the second is told that something changed',
    ),
  },
  {
    name: 'a copy given back twice',
    breaks: 'a copy that was returned and sold again is put on sale once more',
    changes: [
      {
        file: `${SRC}/refund/reserve.ts`,
        from: 'found.length < new Set(lines).size || lines.some((line) => taken.has(line))',
        to: 'taken.has(-1) || lines.length < found.length',
      },
    ],
    killer: test('refund', 'for a copy gives that copy back, once'),
  },
  {
    name: 'an event overrides a refund',
    breaks: 'a payment’s event that comes after its refund makes the order paid again',
    changes: [
      {
        file: `${SRC}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])))",
        to: "inArray(payment.state, [...OPEN, 'canceled', 'succeeded'])))",
      },
      {
        file: `${SRC}/settle.ts`,
        from: ".where(and(eq(orders.id, order.id), inArray(orders.state, ['reserved', 'cancelled'])));",
        to: '.where(eq(orders.id, order.id));',
      },
    ],
    killer: test('inbox', 'that comes late or in reverse changes nothing that is settled'),
  },
  {
    name: 'an event kept for each time it comes',
    breaks: 'the same event is applied as often as it is sent',
    changes: [
      {
        file: `${SRC}/inbox.ts`,
        from: '    .values({ id, kind, objectId })\n    .onConflictDoNothing()',
        to: '    .values({ id: `${id}_${Math.random()}`, kind, objectId })\n    .onConflictDoNothing()',
      },
    ],
    killer: test('inbox', 'that comes ten times, and once more under another id, is kept once and moves things once'),
  },
  {
    name: 'an event before its order is forgotten',
    breaks: 'an event that comes before its order counts as applied',
    changes: [
      {
        file: `${SRC}/inbox.ts`,
        from: "if (recorded === 'no_order') await putOff",
        to: "if (recorded === ('none' as string)) await putOff",
      },
    ],
    killer: test('inbox', 'waits, and is applied when the order is there'),
  },
  {
    name: 'an event whose process died is lost',
    breaks: 'a taken event is never taken by another',
    changes: [
      {
        file: `${SRC}/inbox.ts`,
        from: '.set({ dueAt: dueIn(LEASE_MS), tries: sql`${providerEvent.tries} + 1` })',
        to: '.set({ dueAt: dueIn(LEASE_MS), tries: sql`${providerEvent.tries} + 1`, appliedAt: sql`statement_timestamp()` })',
      },
    ],
    killer: test('inbox', 'at %s: another one applies the event, once'),
  },
  {
    name: 'an event of anybody',
    breaks: 'whoever knows the address of the webhook can say what they like',
    changes: [
      {
        file: `${SRC}/payments/webhook.ts`,
        from: 'return Stripe.webhooks.constructEvent(body, signature, secret);',
        to: "return signature === secret ? Stripe.webhooks.constructEvent(body, signature, secret) : JSON.parse(body.toString('utf8'));",
      },
    ],
    killer: test('inbox', 'is of the bytes: the same event in another spelling is refused'),
  },
  {
    name: 'a second charge is taken for the first',
    breaks: 'an order that was charged twice looks as if it was charged once, and nobody is asked',
    changes: [
      {
        file: `${SRC}/settle.ts`,
        from: "  if (found.length > 0) await flagOrder(tx, money.orderId, 'second_charge', actor);\n",
        to: "  if (found.length > 1) await flagOrder(tx, money.orderId, 'second_charge', actor);\n",
      },
    ],
    killer: test('reconcile', 'is never taken for the first: it is kept as a difference, and a person is asked'),
  },
  {
    name: 'nobody asks',
    breaks: 'a payment of which no event came and that nobody tries any more stays open for ever',
    changes: [
      {
        file: `${SRC}/reconcile/open.ts`,
        from: "if (taken.intentId) await recordIntent(shop, taken.intentId, { signal: within, actor: 'worker' });",
        to: "if (taken.intentId === '') await recordIntent(shop, taken.intentId, { signal: within, actor: 'worker' });",
      },
    ],
    killer: test(
      'reconcile',
      'is not asked about before, and then settled by what the provider says, though its record is parked',
    ),
  },
  {
    name: 'promotion limit unguarded',
    breaks: 'a code with ten uses is used by fifty',
    changes: [
      {
        file: `${SRC}/promotions.ts`,
        from: '.where(and(eq(promotion.code, code), eq(promotion.percentOff, percentOff), running))\n    .returning',
        to: '.where(and(eq(promotion.code, code), eq(promotion.percentOff, percentOff)))\n    .returning',
      },
    ],
    killer: test(
      'promotion',
      'with ten uses that fifty people want at once is used ten times; forty are told, and charged nothing',
    ),
  },
  {
    name: 'a use given back twice',
    breaks: 'each cancel of the same order gives the code one more use',
    changes: [
      {
        file: `${SRC}/promotions.ts`,
        from: 'const used = await tx.delete(promotionUse).where(eq(promotionUse.orderId, orderId)).returning();',
        to: 'const used = await tx.select().from(promotionUse).where(eq(promotionUse.orderId, orderId));',
      },
    ],
    killer: test('promotion', 'is given back by the cancel of its order, once'),
  },
  {
    name: 'two checkouts of one cart',
    breaks: 'Check out, pressed in two tabs, starts two checkouts',
    changes: [
      {
        file: `${SRC}/checkout.ts`,
        from: 'and(eq(cart.id, cartId), sql`${cart.checkoutId} is not distinct from ${seen?.checkoutId ?? null}::uuid`)',
        to: 'eq(cart.id, cartId)',
      },
      {
        file: `${SRC}/checkout.ts`,
        from: '    if (now?.checkoutId !== seen?.checkoutId) throw new StartLost();\n    throw await refusalOf(tx, line);',
        to: '    if (now?.checkoutId === seen?.checkoutId) throw await refusalOf(tx, line);',
      },
    ],
    killer: test('cart', 'pressed in two tabs at once starts one checkout, which takes the copies over'),
  },
  {
    name: 'an extension without a limit',
    breaks: 'a copy is held for as long as somebody keeps a page open',
    changes: [
      {
        file: `${SRC}/checkout.ts`,
        from: 'lt(checkout.holdExtensions, MAX_EXTENSIONS),',
        to: 'lt(checkout.holdExtensions, 100 * MAX_EXTENSIONS),',
      },
    ],
    killer: test('cart', 'can be extended ten times, and no more'),
  },
  {
    name: 'a mail taken by everybody',
    breaks: 'four workers send the same receipt four times',
    changes: [
      {
        file: 'apps/worker/src/deliver.ts',
        from: '    .where(and(isThis(named), isDue))',
        to: '    .where(isThis(named))',
      },
    ],
    killer: {
      layer: 'worker',
      file: 'apps/worker/test/deliver.test.ts',
      title: 'sends each mail once when four workers deliver at the same time',
    },
  },
  {
    name: 'a mail delivered before it is sent',
    breaks: 'a receipt whose mail server said no counts as sent',
    changes: [
      {
        file: 'apps/worker/src/deliver.ts',
        from: '.set({ dueAt: dueIn(leaseMs), tries: sql`${outbox.tries} + 1` })',
        to: '.set({ dueAt: dueIn(leaseMs), tries: sql`${outbox.tries} + 1`, deliveredAt: sql`statement_timestamp()` })',
      },
    ],
    killer: {
      layer: 'worker',
      file: 'apps/worker/test/deliver.test.ts',
      title: 'keeps a mail that the server refuses, tries it later, and says why',
    },
  },
  {
    name: 'an event answered for before it is kept',
    breaks: 'an event that could not be written down is never sent again',
    changes: [
      {
        file: 'apps/web/src/server/webhook.ts',
        from: "    return answer(503, 'try again');\n  }\n  later(",
        to: "    return answer(200, 'kept');\n  }\n  later(",
      },
    ],
    killer: {
      layer: 'web',
      file: 'apps/web/test/webhook.test.ts',
      title: 'is not answered for while the database is away: it will be sent again',
    },
  },
  {
    name: 'a stranger’s key is answered',
    breaks: 'the replay comes before the question whose it is',
    changes: [
      {
        file: `${SRC}/rows.ts`,
        from: 'and(eq(checkout.id, checkoutId), eq(checkout.cartId, cartId))',
        to: "and(eq(checkout.id, checkoutId), cartId === '' ? eq(checkout.cartId, cartId) : undefined)",
      },
    ],
    killer: {
      layer: 'web',
      file: 'apps/web/test/owners.test.ts',
      title: 'knowing the key, the card and the total of a payment that was paid is no way to its answer',
    },
  },
  {
    name: 'missing unique',
    breaks: 'the database lets the same event be kept twice',
    changes: [
      {
        file: 'packages/db/migrations/0000_init.sql',
        from: 'CREATE TABLE "provider_event" (\n\t"id" text PRIMARY KEY NOT NULL,',
        to: 'CREATE TABLE "provider_event" (\n\t"id" text NOT NULL,',
      },
    ],
    killer: test('inbox', 'that comes ten times, and once more under another id, is kept once and moves things once'),
  },
  {
    name: 'no fence, in every order of two processes',
    breaks: 'a stale holder writes: some schedule of two processes shows it',
    changes: [
      {
        file: 'packages/idempotency/src/statements.ts',
        from: 'and fence = $2::text::integer and state = 0 returning fence::text`;',
        to: 'and $2::text is not null and state = 0 returning fence::text`;',
      },
    ],
    killer: {
      layer: 'schedules',
      file: 'proof/test/schedules.test.ts',
      title: 'two processes with a crash after any step, one preemption: six pairs, nothing is violated',
    },
  },
  {
    name: 'a decline out of an old error, in every order of two processes',
    breaks: 'a card that was charged is told no',
    changes: [
      {
        file: `${SRC}/payments/stripe.ts`,
        from: "leftMs() <= 0) throw new LeaseOverError('the lease ended before the confirm was sent')",
        to: "leftMs() <= -1e12) throw new LeaseOverError('the lease ended before the confirm was sent')",
      },
    ],
    killer: {
      layer: 'schedules',
      file: 'proof/test/schedules.test.ts',
      title: 'two processes with a crash after any step, one preemption: six pairs, nothing is violated',
    },
  },
];
