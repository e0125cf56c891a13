import { crashAt, crashPoints } from '@once/idempotency/testing';
import { describe, expect, it, vi } from 'vitest';
import { checkoutStatus, payCheckout } from '../src/index.ts';
import { payWorkflow } from '../src/pay.ts';
import { ageRecords, atCheckout, attempt, conservation, finishDue, shopOfFile } from './shop.ts';

const { provider, test } = await shopOfFile({ copies: 60 });

const points = crashPoints(payWorkflow('http://localhost:3000', 'web'));

// A process that goes no further, here; e2e kills real ones.
describe.each(['pm_card_visa', 'pm_card_visa_chargeDeclined'])('paying with %s, web stopped', (card) => {
  it.each(points)('at %s: the worker finishes, and the shopper hears the truth', async (point) => {
    const { slug } = test;
    const { at, reached } = crashAt(point);
    const web = test.another({ at });
    const worker = test.another();
    const checkout = await atCheckout(worker, slug);
    const kept = await attempt(worker, checkout, card);

    void payCheckout(web, kept).catch(() => {});
    await reached;
    const charged = card === 'pm_card_visa';
    const answer = await vi.waitFor(async () => {
      await ageRecords(worker);
      await finishDue(worker);
      const status = await checkoutStatus(worker, checkout);
      expect(['processing', 'unknown']).not.toContain(status.answer);
      // Stopped before the first commit: nothing was stored, and the same press goes through from the start.
      return status.answer === 'open' ? await payCheckout(worker, kept) : status;
    });
    expect(answer.answer).toBe(charged ? 'paid' : 'declined');
    expect((await payCheckout(worker, kept)).answer).toBe(charged ? 'paid' : 'declined');
    expect(await provider.charges(checkout.checkoutId)).toHaveLength(charged ? 1 : 0);
    expect((await provider.ledger(checkout.checkoutId)).length).toBe(1);
    expect(await conservation(worker)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
  });
});
