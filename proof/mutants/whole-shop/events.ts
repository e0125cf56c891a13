import { CHECKOUT, LIBRARY, test, WEB, type WholeShopMutant, WORKER } from './mutant.ts';

/** What the provider says by itself. */
export const EVENTS: readonly WholeShopMutant[] = [
  {
    name: 'settled again by whoever hears of it',
    breaks: 'events are applied as often as they come, and each one settles the payment anew',
    changes: [
      {
        file: `${CHECKOUT}/inbox.ts`,
        from: '.onConflictDoNothing()',
        to: '.onConflictDoUpdate({ target: providerEvent.id, set: { appliedAt: null, dueAt: sql`statement_timestamp()` } })',
      },
      {
        file: `${CHECKOUT}/settle.ts`,
        from: "inArray(payment.state, [...OPEN, 'canceled'])",
        to: "inArray(payment.state, [...OPEN, 'canceled', 'succeeded'])",
      },
    ],
    layer: 'e2e',
    killers: [
      test('webhooks', 'the event of a payment comes ten times, and under a second id: nothing moves twice'),
      test('webhooks', 'the event comes before the answer of the request that made it'),
      test('webhooks', 'events come in reverse: made, charged and paid are taken in any order'),
      test('webhooks', 'a payment’s event that comes after its refund does not take the refund back'),
    ],
  },
  {
    name: 'events are left to the worker',
    breaks: 'without a worker nobody hears what only the event knows',
    changes: [
      {
        file: `${WEB}/server/webhook.ts`,
        from: 'await applyEvent(shop, event.id, {',
        to: "if (event.id === '') await applyEvent(shop, event.id, {",
      },
    ],
    layer: 'e2e',
    killers: [
      test('webhooks', 'nobody but the event knows that it was paid: the answer is lost, and there is no worker'),
    ],
  },
  {
    name: 'an event is believed',
    breaks: 'whoever has the secret can have a payment settled that nobody has made',
    changes: [
      {
        file: `${CHECKOUT}/inbox.ts`,
        from: 'return await recordIntent(shop, objectId, options);',
        to: 'return await recordIntent(shop, objectId, { ...options, says: kind });',
      },
      {
        file: `${CHECKOUT}/record.ts`,
        from: '  readonly actor?: Actor;\n}',
        to: '  readonly actor?: Actor;\n  readonly says?: string;\n}',
      },
      {
        file: `${CHECKOUT}/record.ts`,
        from: 'const intent = await shop.payments.retrieve(intentId, { signal });',
        to:
          'const asked = await shop.payments.retrieve(intentId, { signal });\n' +
          "  const intent = options.says === 'payment_intent.succeeded' ? { ...asked, status: 'succeeded' as const } : asked;",
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'webhooks',
        'a signed event that says paid, of a payment that is not, changes nothing: the provider is asked',
      ),
    ],
  },
  {
    name: 'an event without an order is done with',
    breaks: 'what comes before its order is answered for and forgotten',
    changes: [
      {
        file: `${CHECKOUT}/inbox.ts`,
        from: "await putOff(shop, event, 'there is no order of it yet', options);",
        to: 'await markApplied(shop.db, event.id);',
      },
    ],
    layer: 'e2e',
    killers: [
      test('webhooks', 'an event about an order that the shop does not have is kept, tried again, and makes nothing'),
    ],
  },
  {
    name: 'no signature is checked',
    breaks: 'anybody can tell the shop what has happened, as often as they like',
    changes: [
      {
        file: `${CHECKOUT}/payments/webhook.ts`,
        from: 'return Stripe.webhooks.constructEvent(body, signature, secret);',
        to: 'return signature ? JSON.parse(body.toString()) : Stripe.webhooks.constructEvent(body, signature, secret);',
      },
    ],
    layer: 'e2e',
    killers: [test('webhooks', 'an event ${what} is refused and not kept; the next try of it is good')],
  },
  {
    name: 'an event is answered for before it is kept',
    breaks: 'what web was told before it died is not told again, and lost',
    changes: [
      {
        file: `${WEB}/server/webhook.ts`,
        from: "if (!(await keepEvent(shop.db, event))) return answer(200, 'known');",
        to:
          'const { id } = event;\n' +
          '    const applied = () => applyEvent(shop, id, { signal: AbortSignal.timeout(APPLY_MS) });\n' +
          '    void keepEvent(shop.db, event).then(applied, () => {});\n' +
          "    if (id !== '') return answer(200, 'kept');",
      },
    ],
    layer: 'e2e',
    killers: [test('webhooks', 'web killed before an event is kept: the provider sends it again')],
  },
  {
    name: 'nobody looks into the inbox',
    breaks: 'an event that web has kept and not applied stays where it is',
    changes: [
      {
        file: `${WORKER}/loops.ts`,
        from: 'applyEvents(shop, { signal, ...inbox })',
        to: 'applyEvents(shop, { signal, ...inbox, limit: 0 })',
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'webhooks',
        'web killed after an event was kept, before it is applied: the worker applies it, and nobody else heard',
      ),
    ],
  },
  {
    name: 'a lost answer is left to its event',
    breaks: 'what became of a payment whose answer was lost is not asked for: without its event nobody finds out',
    changes: [
      {
        file: `${LIBRARY}/call.ts`,
        from: 'if (sent.status !== ',
        to: "if (phase.name !== '' || sent.status !== ",
      },
      { file: `${WORKER}/loops.ts`, from: 'resume.start();', to: '' },
      {
        file: `${WORKER}/loops.ts`,
        from: 'return await askOpen(shop, { signal, limit: BATCH, at });',
        to: 'return await askOpen(shop, { signal, limit: 0, at });',
      },
    ],
    layer: 'e2e',
    killers: [test('webhooks', 'no event ever comes, and the answer is lost: the shop finds out by itself')],
  },
];
