import { CHECKOUT, test, type WholeShopMutant } from './mutant.ts';

/** What becomes of money that nobody waits for. */
export const MONEY: readonly WholeShopMutant[] = [
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
      test('late-money', 'money that comes after the order was cancelled buys its copy while it is free'),
      test('late-money', 'money that comes for a copy that somebody else has bought meanwhile goes back in full, once'),
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
    killers: [test('late-money', 'a dispute flags the order, and one that is won takes the flag away')],
  },
];
