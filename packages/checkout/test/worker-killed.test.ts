// Each loop that asks the provider, in a worker process that is killed in the middle of it; another one goes on.
import { schema } from '@once/db';
import { crashAt } from '@once/idempotency/testing';
import { eq, sql } from 'drizzle-orm';
import { expect, it } from 'vitest';
import { checkoutStatus, getOrder, keepEvent, payCheckout, refundOrder } from '../src/index.ts';
import { atCheckout, attempt, conservation, paidOrder, refundRequest, shopOfFile } from './shop.ts';
import { startWorker } from './worker.ts';

const { provider, test } = await shopOfFile();

const WAIT = { timeout: 60_000, interval: 100 };

/** Charged, and the process that was to hear of it is gone. */
async function chargedUnheard() {
  const at = await atCheckout(test.shop, test.slug);
  const { at: stop, reached } = crashAt('answered:confirm');
  void payCheckout(test.another({ at: stop }), await attempt(test.shop, at)).catch(() => {});
  await reached;
  const [money] = await test.db.select().from(schema.payment).where(eq(schema.payment.orderId, at.checkoutId));
  return { ...at, orderId: at.checkoutId, intentId: money?.intentId ?? '' };
}

/** Lets every lease and every pause of the loops end, but not those of the record: its own loop must not be the one. */
const age = async () => {
  await test.db.execute(
    sql`update provider_event set due_at = statement_timestamp() - interval '1 second' where applied_at is null`,
  );
  await test.db.execute(
    sql`update payment set ask_at = statement_timestamp() - interval '1 second' where ask_at is not null`,
  );
};

it.each(['taken:event', 'recorded:event'])(
  'inbox, killed at %s',
  async (point) => {
    const at = await chargedUnheard();
    await keepEvent(test.db, { id: `evt_${at.orderId}`, kind: 'payment_intent.succeeded', objectId: at.intentId });
    expect(await startWorker(test, provider, point).ended).toBe('SIGKILL');

    await age();
    const next = startWorker(test, provider);
    await expect.poll(() => test.db.$count(schema.providerEvent, sql`applied_at is null`), WAIT).toBe(0);
    await next.stop();
    await expectPaidOnce(at);
  },
  120_000,
);

it('reconcile, killed after it has taken a payment', async () => {
  const at = await chargedUnheard();
  await age();
  expect(await startWorker(test, provider, 'taken:ask').ended).toBe('SIGKILL');
  expect(await checkoutStatus(test.shop, at)).not.toMatchObject({ answer: 'paid' });

  await age();
  const next = startWorker(test, provider);
  await expect.poll(async () => (await checkoutStatus(test.shop, at)).answer, WAIT).toBe('paid');
  await next.stop();
  await expectPaidOnce(at);
}, 120_000);

it('a refund that web left half-way, its worker killed after it was sent: another one settles it, once', async () => {
  const { shop, db, slug } = test;
  const at = await paidOrder(shop, slug);
  const { at: stop, reached } = crashAt('committed:reserve');
  void refundOrder(test.another({ at: stop }), refundRequest(at.orderId, at.totalMinor)).catch(() => {});
  await reached;
  const due = () =>
    db.execute(
      sql`update idempotency.record set due_at = statement_timestamp() where scope = ${at.orderId} and due_at is not null`,
    );
  await due();
  expect(await startWorker(test, provider, 'answered:send').ended).toBe('SIGKILL');

  await due();
  const next = startWorker(test, provider);
  await expect.poll(async () => (await getOrder(db, at)).state, WAIT).toBe('refunded');
  await next.stop();
  expect((await provider.ledger(at.orderId)).filter(({ kind }) => kind === 'refund')).toHaveLength(1);
}, 120_000);

async function expectPaidOnce(at: { orderId: string; checkoutId: string; cartId: string }): Promise<void> {
  expect(await checkoutStatus(test.shop, at)).toMatchObject({ answer: 'paid' });
  expect(await provider.charges(at.orderId)).toHaveLength(1);
  const { timeline } = await getOrder(test.db, at);
  expect(timeline.filter(({ action }) => action === 'order.paid')).toHaveLength(1);
  expect(await conservation(test.shop)).toMatchObject({ twice: 0, unowned: 0, unpaid: 0 });
}
