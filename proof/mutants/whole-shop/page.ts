import { test, WEB, type WholeShopMutant } from './mutant.ts';
import { CRASH } from './titles.ts';

/** What the page makes of a missing answer. */
export const PAGE: readonly WholeShopMutant[] = [
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
  {
    name: 'a payment under way is not followed',
    breaks: 'a page that is opened while a payment is under way stays as it was drawn',
    changes: [
      {
        file: `${WEB}/checkout/use-checkout.ts`,
        from: '|| watch || isOpen(status)',
        to: '|| (watch && isOpen(status))',
      },
    ],
    layer: 'e2e',
    killers: [test('leaving', 'a tab closed while paying: the next one shows the receipt')],
  },
];
