import type { Mutant } from './mutant.ts';

/** A mistake that only the whole shop can show: web is built with it, and each of the tests named must fail. */
export interface WholeShopMutant extends Omit<Mutant, 'killer'> {
  readonly layer: 'e2e';
  readonly killers: readonly EndToEnd[];
}

export interface EndToEnd {
  readonly spec: string;
  /** As it stands in the source. */
  readonly title: string;
  /** For its `${…}`, where not every test of this title has to fail. */
  readonly values?: Readonly<Record<string, string>>;
}

const CHECKOUT = 'packages/checkout/src';
const LIBRARY = 'packages/idempotency/src';
const WEB = 'apps/web/src';
const WORKER = 'apps/worker/src';

const test = (spec: string, title: string, values?: EndToEnd['values']): EndToEnd => ({
  spec: `${spec}.spec.ts`,
  title,
  ...(values && { values }),
});

const CRASH = 'killed at ${point}, leaving ${left}: the page shows the receipt, and there is one charge';
const KILLED = '${victim} killed while people are at every place of a payment: all have paid in the end, once';
const KILLED_AGAIN =
  '${victim} killed while web is taking over, at every place of a payment: all have paid in the end, once';
const ASLEEP = 'asleep past its lease, ${where}: the worker finishes, and nothing is changed or charged after it wakes';

/** What becomes of a payment whose process has died, or sleeps. */
const TAKING_OVER: readonly WholeShopMutant[] = [
  {
    name: 'taken over, sent anew',
    breaks: 'whoever takes a payment over confirms it again under a key of their own, and believes the refusal',
    changes: [
      {
        file: `${LIBRARY}/call.ts`,
        from: 'if (run.maybeSent) {',
        to: 'if (run.maybeSent && phase.lookup === undefined) {',
      },
      {
        file: `${LIBRARY}/call.ts`,
        from: 'derivedKey(run.request, phase.name),',
        to: '`${derivedKey(run.request, phase.name)}.${run.fence}`,',
      },
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: "if (intent.status === 'requires_confirmation') return {",
        to: 'if (intent.id === intentId) return {',
      },
    ],
    layer: 'e2e',
    killers: [
      test('crash', CRASH, { point: 'answered:confirm' }),
      test('crash', CRASH, { point: 'committing:settle' }),
      test(
        'takeover-killed',
        'workers killed at every point, one after the other: the next one finishes, and there is one charge',
      ),
      test(
        'takeover-killed',
        'web killed at every point while it takes over, one after the other: the last one finishes, and there is one charge',
      ),
      test('killed-everywhere', KILLED, { victim: 'web' }),
      test('killed-everywhere', KILLED, { victim: 'postgres' }),
      test('killed-everywhere', KILLED_AGAIN, { victim: 'web' }),
      test(
        'power-cut',
        'everything killed while people are at every place of a payment, and Postgres once more while it starts: the next start puts it right',
      ),
      test(
        'trouble-machine',
        'the database’s disk is full while many pay: nobody hears a no, and all have paid once there is room',
      ),
      test(
        'trouble-machine',
        'no room for the database’s log, so that its server stops: all have paid once it is back',
      ),
    ],
  },
  {
    name: 'a key in a commit of its own',
    breaks: 'the key is stored before the work, and whoever finds it is told to wait for somebody who is dead',
    changes: [
      {
        file: `${LIBRARY}/claim.ts`,
        from: 'const [row] = await opened.query(text, parameters, {',
        to: 'const [row] = await engine.database.query(text, parameters, {',
      },
      {
        file: `${LIBRARY}/protocol.ts`,
        from: 'return whatCameOf(await takeOverIfDue(engine, request, definition));',
        to: "return request.id ? { kind: 'busy', dueInMs: 1_000 } : whatCameOf(await takeOverIfDue(engine, request, definition));",
      },
      { file: `${WORKER}/loops.ts`, from: 'resume.start();', to: '' },
    ],
    layer: 'e2e',
    killers: [
      test('crash', 'killed at ${point}, before anything was committed: nothing was charged, and Pay works'),
      test('crash', CRASH, { point: 'committed:reserve' }),
      test('crash', 'killed while the bank takes its time: the page shows the receipt, and there is one charge'),
    ],
  },
  {
    name: 'no fence',
    breaks: 'a process that slept writes into a record that others have finished',
    changes: [
      {
        file: `${LIBRARY}/statements.ts`,
        from: 'const held = `where id = $1::text::uuid and fence = $2::text::integer and state = 0 returning',
        to: 'const held = `where id = $1::text::uuid and $2::text::integer > 0 returning',
      },
    ],
    layer: 'e2e',
    killers: [test('frozen', ASLEEP, { where: 'confirming, before it hears the answer' })],
  },
  {
    name: 'the lease is not looked at',
    breaks: 'a process that slept past its lease sends what it was about to send',
    changes: [
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: 'if (leftMs() <= 0) throw',
        to: 'if (leftMs() < -1e9) throw',
      },
      // Its timers, when they fire first, would say the same.
      { file: `${CHECKOUT}/payments/within.ts`, from: '  signal.throwIfAborted();\n', to: '' },
    ],
    layer: 'e2e',
    killers: [test('frozen', ASLEEP, { where: 'about to confirm' })],
  },
  {
    name: 'a card that can be confirmed twice',
    breaks: 'a confirm that arrives after the provider has forgotten its key charges a card that was declined',
    changes: [
      {
        file: 'apps/provider/src/tokens.ts',
        from: 'if (token.payment_intent !== null) {',
        to: 'if (token.livemode) {',
      },
      {
        file: 'apps/provider/src/tokens.ts',
        from: 'if (token.expires_at === null || token.expires_at * 1000 <= call.nowMs) {',
        to: 'if (token.expires_at === null) {',
      },
    ],
    layer: 'e2e',
    killers: [
      test('frozen', 'a confirm that arrives a day late, for a card that was declined meanwhile, charges nothing'),
    ],
  },
  {
    name: 'tried for ever',
    breaks: 'what cannot be finished is never kept for a person',
    changes: [
      {
        file: `${LIBRARY}/takeover.ts`,
        from: 'if (run.failedTries > engine.maxTries)',
        to: 'if (run.failedTries > engine.maxTries + 1_000_000)',
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'provider-answers',
        'tried in vain for as long as it may be: kept for a person, and paid once the provider is back',
      ),
    ],
  },
];

/** What is told, first and later. */
const TELLING: readonly WholeShopMutant[] = [
  {
    name: 'an error at COMMIT is the answer',
    breaks: 'a COMMIT whose answer was lost is neither looked up nor repeated: the shopper hears of a failure',
    changes: [
      {
        file: `${LIBRARY}/transact.ts`,
        from: 'if (turn === turns) throw outage',
        to: 'if (turn > 0) throw outage',
      },
    ],
    layer: 'e2e',
    killers: [
      test('commit-lost', 'the COMMIT that settles is lost ${when}: web finds out, and tells that it is paid'),
      test(
        'frozen',
        'asleep in the commit that reserves: the same press elsewhere pays, and is not paid again when it wakes',
      ),
    ],
  },
  {
    name: 'an outcome that is not kept is an error',
    breaks: 'whoever presses again after the record has gone hears of a failure, and not of their order',
    changes: [
      {
        file: `${CHECKOUT}/press.ts`,
        from: "if (error.code === 'IDEMPOTENCY_KEY_EXPIRED') return await checkoutStatus(shop, request);",
        to: '',
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'provider-answers',
        'a press whose outcome is not kept any more is answered from the order, and charges nothing',
      ),
      test(
        'provider-answers',
        'a worker killed while it lets outcomes expire: the next one goes on, presses are answered all the time',
      ),
    ],
  },
  {
    name: 'a no frees the copy',
    breaks: 'a declined card gives the copies back, and the next card has nothing to buy',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: "import { refuse } from './refuse.ts';",
        to: "import { freeCopiesOf } from './copies.ts';\nimport { refuse } from './refuse.ts';",
      },
      {
        file: `${CHECKOUT}/pay.ts`,
        from: "if (reason.kind === 'card') return",
        to: "if (reason.kind === 'card') await freeCopiesOf(tx, r.orderId);\n      if (reason.kind === 'card') return",
      },
    ],
    layer: 'e2e',
    killers: [
      test('provider-answers', 'a no is a no, however often it is asked for; giving up frees the copy once'),
      test(
        'takeover-killed',
        'workers killed with the bank’s no in their hands: it is told once, and another card pays',
      ),
      test('lost-answer', 'an answer that says no is lost: the page finds out that the card was declined'),
    ],
  },
  {
    name: 'an intent that failed is unknown',
    breaks: 'nobody was charged, and nobody is told so: the shopper waits, and cannot take another card',
    changes: [
      {
        file: `${CHECKOUT}/pay.ts`,
        from: "return declined<DeclineReason>('provider_unavailable');",
        to: 'return unknown(undefined, 2_000);',
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'trouble-provider',
        'away before anybody pays: everybody is told that nothing was charged, and pays once it is back',
      ),
    ],
  },
  {
    name: 'cancelled without asking',
    breaks: 'an order is cancelled and its copies are freed before the provider has said that it cannot be charged',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: 'isNull(payment.intentId), inArray(payment.state, [...OPEN])',
        to: 'inArray(payment.state, [...OPEN])',
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'trouble-provider',
        'away when somebody cancels: they are told what is known, and it is cancelled once it is back',
      ),
    ],
  },
  {
    name: 'a mail that could not be written counts as sent',
    breaks: 'on a full disk receipts get lost',
    changes: [
      {
        file: `${WORKER}/mailer.ts`,
        from: '// on a full disk each try would leave one\n    throw error;',
        to: '// on a full disk each try would leave one',
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'trouble-machine',
        'the shop’s own disk is full, under logs, mails and the provider’s book: nothing stops, nothing is lost',
      ),
    ],
  },
];

/** What the page makes of a missing answer. */
const PAGE: readonly WholeShopMutant[] = [
  {
    name: 'a missing answer is not asked for',
    breaks: 'a page whose connection broke after Pay says so, and never finds out',
    changes: [{ file: `${WEB}/checkout/use-pay.ts`, from: 'watch(true);\n      return;', to: 'return;' }],
    layer: 'e2e',
    killers: [
      test('crash', CRASH, { point: 'committed:settle' }),
      test('lost-answer', 'the answer to Pay is lost after the shop has committed: the page finds out by itself'),
      test('lost-answer', 'an answer that says no is lost: the page finds out that the card was declined'),
    ],
  },
  {
    name: 'asking again takes another card',
    breaks: 'what is sent again after a lost answer is not what was sent before',
    changes: [
      {
        file: `${WEB}/checkout/use-pay.ts`,
        from: 'sendAttempt(api, attempt, sent)',
        to: 'sendAttempt(api, { ...attempt, confirmationToken: `${attempt.confirmationToken}x` }, sent)',
      },
    ],
    layer: 'e2e',
    killers: [test('lost-answer', 'asking again after a lost answer sends the same payment, not a new one')],
  },
];

/** What the provider says by itself. */
const EVENTS: readonly WholeShopMutant[] = [
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
    name: 'late money is nobody’s',
    breaks: 'money that comes for a cancelled order buys nothing, and does not go back',
    changes: [
      {
        file: `${CHECKOUT}/settle.ts`,
        from: "intent.status === 'succeeded' ? await pay(",
        to: "intent.status === 'succeeded' && order.state !== 'cancelled' ? await pay(",
      },
    ],
    layer: 'e2e',
    killers: [
      test('webhooks', 'money that comes after the order was cancelled buys its copy while it is free'),
      test('webhooks', 'money that comes for a copy that somebody else has bought meanwhile goes back in full, once'),
    ],
  },
  {
    name: 'a dispute is no news',
    breaks: 'nobody is told of a dispute before it is lost',
    changes: [
      {
        file: `${CHECKOUT}/record.ts`,
        from: "} else await flagOrder(tx, orderId, 'disputed', actor);",
        to: "} else if (status === 'lost') await flagOrder(tx, orderId, 'disputed', actor);",
      },
    ],
    layer: 'e2e',
    killers: [test('webhooks', 'a dispute flags the order, and one that is won takes the flag away')],
  },
];

export const WHOLE_SHOP_MUTANTS: readonly WholeShopMutant[] = [...TAKING_OVER, ...TELLING, ...PAGE, ...EVENTS];
