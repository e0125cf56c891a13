import assert from 'node:assert/strict';
import { createOnce } from '@once/idempotency';
import { crashPoints, everyCrash } from '@once/idempotency/testing';
import { database, type Payments, placeOrder } from './checkout.ts';

/** @param charges asks the provider how often it has charged for an order. */
export const survivesEverything = (payments: Payments, charges: (orderId: string) => Promise<number>) =>
  everyCrash({
    once: (at) => createOnce({ database, services: { payments }, at }), // a process
    points: crashPoints(placeOrder),
    run: (once, scope) => once.run(placeOrder, { scope, key: 'k', input: { orderId: scope, printId: 'p' } }),
    check: async ({ scope, outcome }) => {
      assert.equal(outcome.status, 'succeeded');
      assert.equal(await charges(scope), 1);
    },
  });
