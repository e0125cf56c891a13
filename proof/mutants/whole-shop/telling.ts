import { CHECKOUT, LIBRARY, test, type WholeShopMutant, WORKER } from './mutant.ts';

/** What is told, first and later. */
export const TELLING: readonly WholeShopMutant[] = [
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
  {
    name: 'a replay is written down',
    breaks:
      'whoever asks for an answer again makes a write of it, and a crash while it is repeated may leave one behind',
    changes: [
      {
        file: `${LIBRARY}/statements.ts`,
        from: 'export const find = `\n  select state::text',
        to:
          'export const find = `\n  update idempotency.record set advanced_at = statement_timestamp()\n' +
          '  where id = $1::text::uuid returning state::text',
      },
      {
        file: `${LIBRARY}/statements.ts`,
        from: 'as due_in_ms\n  from idempotency.record where id = $1::text::uuid`;',
        to: 'as due_in_ms`;',
      },
    ],
    layer: 'e2e',
    killers: [
      test('provider-answers', 'web killed while it repeats an answer: the same answer, and nothing is written'),
    ],
  },
];
