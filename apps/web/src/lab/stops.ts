/** A place in the source that stopped a fault. A test checks that the file has it. */
export interface Stop {
  readonly file: string;
  /** Text of the line that is shown. */
  readonly symbol: string;
  readonly says: string;
}

export const STOPS = {
  claim: {
    file: 'packages/idempotency/src/statements.ts',
    symbol: 'on conflict (id) do nothing',
    says: 'One key, one record: a second insert finds the first one.',
  },
  key: {
    file: 'packages/checkout/src/key.ts',
    symbol: 'export const keyOf',
    says: 'The key is computed from the checkout, so every tab and every press has the same one.',
  },
  lookUp: {
    file: 'packages/checkout/src/pay.ts',
    symbol: 'lookup: async',
    says: 'What may have charged is looked up before anything is sent again.',
  },
  oneIntent: {
    file: 'packages/checkout/src/pay.ts',
    symbol: 'isNull(payment.intentId)',
    says: 'An order has one intent for life, and an intent charges once.',
  },
  fence: {
    file: 'packages/idempotency/src/statements.ts',
    symbol: 'set state = 0, fence = fence + 1, failed_tries = failed_tries + 1',
    says: 'Whoever takes an abandoned record over raises its fence; the one before can write nothing any more.',
  },
  kept: {
    file: 'apps/web/src/checkout/press-pay.ts',
    symbol: '  keep(attempt);',
    says: 'Key, card and total are kept in the browser before anything is sent.',
  },
  oneCheckout: {
    file: 'packages/checkout/src/checkout.ts',
    symbol: 'is not distinct from',
    says: 'A cart has one checkout: the slower start finds it taken, and joins it.',
  },
  event: {
    file: 'packages/checkout/src/inbox.ts',
    symbol: '.onConflictDoNothing()',
    says: 'An event is kept once, however often it is sent.',
  },
  hint: {
    file: 'packages/checkout/src/record.ts',
    symbol: 'const intent = await shop.payments.retrieve(intentId',
    says: 'An event is a hint: what it says is not believed, the intent is asked.',
  },
  settle: {
    file: 'packages/idempotency/src/statements.ts',
    symbol: 'const held =',
    says: 'Order, copies, books and answer are one commit, and only its holder can make it.',
  },
  copy: {
    file: 'packages/checkout/src/copies.ts',
    symbol: "or(eq(copy.state, 'available')",
    says: 'One UPDATE takes a copy, and only a free one: whoever comes second changes no row.',
  },
  hold: {
    file: 'packages/checkout/src/pay.ts',
    symbol: "intent.status === 'requires_action' && (await services.holdOver",
    says: 'Past the hold the intent is cancelled first; only then are the copies free.',
  },
} as const satisfies Readonly<Record<string, Stop>>;
