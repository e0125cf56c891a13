import { scrape } from '../fixtures/alerts.ts';
import { Desk } from '../fixtures/desk.ts';
import type { Faults } from '../fixtures/faults.ts';
import type { Kill, Mortal } from '../fixtures/kill.ts';
import { expect, test } from '../fixtures/on-call.ts';
import { answerOf, expectOpen, expectSoldOnce, type Payer } from '../fixtures/payer.ts';

// Whoever is on call is woken by an alert, and does what docs/runbook.md prints, and nothing else, until it says that it is
// over. The trouble is real: processes that are killed, a provider that is away. Only time passes in the database.

test.describe.configure({ mode: 'default' });
test.setTimeout(120_000);

const OVER = { timeout: 30_000, intervals: [250] };

/** The provider charges, and dies before anybody hears of it. */
async function paysAndNobodyHears(payer: Payer, { faults, kill }: { faults: Faults; kill: Kill }): Promise<Mortal> {
  await faults.arm({ orderId: payer.checkoutId, name: 'confirm' }, 'crash_after_commit');
  const provider = kill.whenProviderDies();
  expectOpen(await payer.pressesPay());
  await provider.isDead();
  return provider;
}

test('an operation that no machine goes on with is found, woken and finished', async ({
  payer,
  faults,
  kill,
  sql,
  runbook,
  alert,
  ledger,
  db,
}) => {
  // Orders of the seeded shop wait for a person, to be looked at.
  await sql`update orders set review_reason = null where review_reason is not null`;
  await alert('OnceNeedsReview', false);
  const provider = await paysAndNobodyHears(payer, { faults, kill });
  await expect
    .poll(
      async () =>
        await sql`update idempotency.record set failed_tries = 25, due_at = statement_timestamp()
          where scope = ${payer.checkoutId} and operation = 'checkout.pay' and state = 1 returning 1`,
      { intervals: [50] },
    )
    .toHaveLength(1);
  await alert('OnceNeedsReview', true);
  const chapter = runbook('Something needs a person');
  await expect.poll(() => chapter.isOver(), OVER).toBe(false);
  const seen = await chapter.run('look');
  expect(seen).toContain('once_needs_review{what="operations"} 1');
  expect(seen).toContain(`find checkout.pay ${payer.checkoutId} ${payer.checkoutId}.0`);

  await provider.comesBack();
  await chapter.run('mend');
  await expect.poll(() => chapter.isOver(), OVER).toBe(true);
  await payer.isToldInTheEnd('paid');
  await alert('OnceNeedsReview', false);
  await expectSoldOnce([payer], { db, ledger });
});

test('a payment whose answer nobody knows is made due, and its shopper hears what became of it', async ({
  payer,
  faults,
  kill,
  tries,
  sql,
  runbook,
  alert,
  ledger,
  db,
}) => {
  const provider = await paysAndNobodyHears(payer, { faults, kill });
  const ORDER = payer.checkoutId;
  await tries.fail(ORDER, 1);
  await alert('OnceUnknownOld', false);
  // It has been so for a while, and the pauses between two tries have grown.
  await sql`update payment_attempt set opened_at = opened_at - interval '6 minutes' where order_id = ${ORDER}`;
  await sql`update idempotency.record set due_at = statement_timestamp() + interval '1 hour'
    where scope = ${ORDER} and state = 1`;
  await alert('OnceUnknownOld', true);
  const chapter = runbook('The answer of a payment is unknown');
  const seen = await chapter.run('look');
  expect(seen).toContain('once_waiting{what="unknown"} 1');
  expect(seen).toMatch(/^000$/m);

  await provider.comesBack();
  expect(await chapter.run('look')).toMatch(/^401$/m);
  expect(await chapter.isOver({ ORDER })).toBe(false);
  await chapter.run('mend', { ORDER });
  await expect.poll(() => chapter.isOver({ ORDER }), OVER).toBe(true);
  await payer.isToldInTheEnd('paid');
  await alert('OnceUnknownOld', false);
  await expectSoldOnce([payer], { db, ledger });
});

test('a provider that is away for so long that tries run out: all is finished when it is back', async ({
  payers,
  faults,
  kill,
  sql,
  runbook,
  ledger,
  db,
}) => {
  const everybody = await payers(3);
  const [charged, ...others] = everybody;
  if (!charged) throw new RangeError('nobody pays');
  const provider = await paysAndNobodyHears(charged, { faults, kill });
  for (const payer of others) {
    expect((await payer.pressesPay()).data).toMatchObject({ answer: 'declined', reason: 'provider_unavailable' });
  }
  const parked = async () =>
    await sql`select 1 from idempotency.record where scope = ${charged.checkoutId} and state = 4`;
  await expect
    .poll(
      async () => {
        await sql`update idempotency.record set failed_tries = 25, due_at = statement_timestamp()
          where scope = ${charged.checkoutId} and state = 1`;
        return await parked();
      },
      { intervals: [100] },
    )
    .toHaveLength(1);
  const chapter = runbook('The provider is away');
  expect(await chapter.run('look')).toMatch(/^000$/m);
  expect(await chapter.isOver()).toBe(false);

  const mended = chapter.run('mend'); // it waits for the provider
  await provider.comesBack();
  await mended;
  await expect.poll(() => chapter.isOver(), OVER).toBe(true);
  for (const payer of others) {
    await payer.takesCard('pays');
    expect(answerOf(await payer.pressesPay())).toBe('paid');
  }
  await charged.isToldInTheEnd('paid');
  await expectSoldOnce(everybody, { db, ledger });
});

test('a posting that the provider does not know is found by the comparison, and settled by a person', async ({
  payer,
  stack,
  sql,
  staff,
  runbook,
  alert,
}) => {
  expect(answerOf(await payer.pressesPay())).toBe('paid');
  const charge = `ch_${payer.checkoutId.slice(-12)}`;
  await sql`insert into ledger_posting (order_id, provider_object_id, kind, debit, credit, amount_minor, currency, posted_at)
    select order_id, ${charge}, kind, debit, credit, amount_minor, currency, statement_timestamp() - interval '1 day'
    from ledger_posting where order_id = ${payer.checkoutId}`;
  try {
    await sql`delete from ledger_comparison`; // nothing was compared yet: yesterday is next
    await stack.restart('worker');
    await alert('OnceLedgerDifference', true);
    const chapter = runbook('Ledger and provider differ');
    // Without Prometheus nothing has waited until the worker has compared.
    await expect.poll(() => chapter.run('look'), OVER).toMatch(/^1$/m);
    expect(await chapter.isOver()).toBe(false);
    await staff.goto('/admin/differences');
    const desk = new Desk(staff);
    const row = desk.row(charge);
    await desk.prepares(row, 'Mark as settled', 'typed by hand; there was no charge');
    await row.getByRole('button', { name: 'Mark this difference as settled' }).click();
    await expect.poll(() => chapter.isOver(), OVER).toBe(true);
    await alert('OnceLedgerDifference', false);
  } finally {
    await sql`delete from ledger_posting where provider_object_id = ${charge}`;
  }
});

test('expiry that somebody’s locks hold up is behind, until they end', async ({ kill, sql, runbook, alert }) => {
  await alert('OnceExpiryBehind', false);
  const worker = await kill.worker();
  await sql`insert into idempotency.record (id, scope, operation, key, version, fingerprint, state, retained_until, outcome)
    values (gen_random_uuid(), 'runbook', 'checkout.pay', 'old', 1, '', 2, statement_timestamp() - interval '2 hours', '{}')`;
  const chapter = runbook('Expiry is behind');
  await sql.begin(async (tx) => {
    await tx`set local idle_in_transaction_session_timeout = 0`; // as a person's session may have it
    await tx`select 1 from idempotency.record where scope = 'runbook' for update`;
    await worker.comesBack();
    await alert('OnceExpiryBehind', true);
    expect(await chapter.isOver()).toBe(false);
    expect(Number((await chapter.run('look')).split('\n')[0])).toBeGreaterThan(7_000);
  });
  await expect.poll(() => chapter.isOver(), OVER).toBe(true);
  await alert('OnceExpiryBehind', false);
});

test('every chapter’s first look works where nothing is wrong, and its end is seen as one', async ({
  runbook,
  shop,
}) => {
  for (const title of ['A disk is full', 'Takeovers are rising', 'Mail or events wait']) {
    expect(await runbook(title).run('look'), title).toContain('once_');
  }
  await expect.poll(() => runbook('A disk is full').isOver(), OVER).toBe(true);
  expect((await scrape(shop.webUrl)).get('once_web_under_way{what="requests"}'), 'web’s own figures').toBe(0);
});

test('many payments whose process vanished are taken over, and that is seen to rise', async ({
  payers,
  faults,
  kill,
  figures,
  alert,
  ledger,
  db,
}) => {
  const everybody = await payers(6);
  const before = await figures();
  const hung = await Promise.all(
    everybody.map(({ checkoutId }) =>
      faults.arm({ orderId: checkoutId, name: 'confirm' }, { name: 'hang_after', ms: 30_000 }),
    ),
  );
  const presses = Promise.all(everybody.map((payer) => payer.pressesPayUntilCutOff()));
  await Promise.all(hung.map((armed) => faults.hasStruck(armed)));
  const web = await kill.web();
  await presses;
  await web.comesBack();
  await alert('OnceTakeoversRising', true, before);
  for (const payer of everybody) await payer.isToldInTheEnd('paid');
  await alert('OnceTakeoversRising', false);
  await expectSoldOnce(everybody, { db, ledger });
});
