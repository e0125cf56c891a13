import { CHECKOUT, LIBRARY, test, type WholeShopMutant } from './mutant.ts';
import { ASLEEP } from './titles.ts';

/** What a process does that slept past its lease. */
export const WOKEN: readonly WholeShopMutant[] = [
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
];
