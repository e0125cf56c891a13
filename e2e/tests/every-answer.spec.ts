import { randomUUID } from 'node:crypto';
import AxeBuilder from '@axe-core/playwright';
import type { Answer } from '@once/checkout';
import type { Page } from '@playwright/test';
import { askControl } from '../fixtures/control.ts';
import { Faults } from '../fixtures/faults.ts';
import { LOOKS, lookAs } from '../fixtures/looks.ts';
import { type Card, euros, type Shopper, totalOf } from '../fixtures/shopper.ts';
import { test as base, expect } from '../fixtures/test.ts';

// Each answer that a press of Pay can get, brought about at the provider, in the database or by another shopper, and what
// the page makes of it: the words as a heading, the focus, the live region, the same after a reload, and nothing for axe to
// find by day and by night.

type NameOf<A> = A extends { readonly how: infer How } ? How : A extends { readonly reason: infer R } ? R : never;
type Plain = Exclude<Answer, { readonly how: string } | { readonly reason: string }>['answer'];
type AnswerName = Extract<NameOf<Answer>, string> | Plain;

/** Of every answer, so that a new one without its words here does not compile. */
const TITLES = {
  succeeded: 'Paid once. No. 2 is yours.',
  recovered: 'Paid once. No. 2 is yours.',
  card_declined: 'Your card was declined. You were not charged.',
  insufficient_funds: 'Not enough funds on this card. You were not charged.',
  expired_card: 'This card has expired. You were not charged.',
  incorrect_cvc: 'The security code did not match. You were not charged.',
  action_failed: 'Your bank could not confirm that it is you. You were not charged.',
  provider_unavailable: 'We cannot reach the payment provider. You were not charged.',
  price_changed: 'The price changed before you paid. You were not charged.',
  promotion_ended: 'Your code cannot be used any more. You were not charged.',
  copy_sold: 'No. 2 was sold to someone else. You were not charged.',
  hold_ended: 'Your hold on No. 2 ended. You were not charged.',
  cancelled: 'This payment was cancelled. You were not charged.',
  requires_action: 'Your bank wants to check that it is you. You have not been charged.',
  processing: 'Waiting for your bank.',
  unknown: 'We do not know yet whether your payment went through.',
  needs_review: 'A person is checking your payment.',
  refunded: 'Refunded in full.',
  returned: 'You were charged once, and it has been returned.',
  open: null, // nothing was sent: there is nothing to say
  already_paid: null, // to a press that comes late; its page says what the order is
  token_expired: null, // takes half a day of the provider's clock: packages/checkout/test/a-day-later.test.ts
} as const satisfies Record<AnswerName, string | null>;

interface OwnFixtures {
  readonly faults: Faults;
  /** The bank's late answer to this order's payment. */
  readonly settles: (orderId: string) => Promise<void>;
}

const test = base.extend<OwnFixtures>({
  faults: async ({ shop, account }, use) => {
    const faults = new Faults(shop.controlUrl, account);
    await use(faults);
    await faults.haveAllStruck();
  },
  settles: async ({ shop, provider }, use) =>
    await use(async (orderId) => {
      const [intent] = await provider.intentsOf(orderId);
      await askControl(shop.controlUrl, `/intents/${intent?.id}/settle`, { result: 'succeed' });
    }),
});

test.setTimeout(180_000);

/** Where the words of an answer stand. At the checkout what the shopper must act on takes the focus; the rest is told. */
type Place = 'the checkout, focused' | 'the checkout, told' | 'the order';

async function isTold({ page }: Shopper, answer: keyof typeof TITLES, place: Place): Promise<void> {
  await test.step(answer, async () => {
    const title = TITLES[answer] ?? '';
    const heading = page.getByRole('main').getByRole('heading', { level: place === 'the order' ? 1 : 2, name: title });
    await expect(heading).toBeVisible();
    const notice = page.getByRole('region', { name: title, exact: true });
    if (place === 'the checkout, focused') await expect(notice).toBeFocused();
    if (place === 'the checkout, told') await expect(notice).toHaveAttribute('aria-live', 'polite');
    // What may still change is told in place: whoever listens hears it without going there.
    if (place === 'the order') await expect(page.getByRole('main').getByRole('status').first()).not.toBeEmpty();
    expect(await findings(page, place === 'the order' ? 'main' : '.notice'), answer).toEqual([]);
    await page.reload();
    await expect(heading, 'after a reload').toBeVisible();
  });
}

/** Of what an answer puts there; accessibility.spec.ts has the rest. All rules by day; by night only colours differ. */
async function findings(page: Page, within: string): Promise<string[]> {
  const found: string[] = [];
  for (const look of LOOKS.filter(({ width }) => width === 1280)) {
    await lookAs(page, look);
    const axe = new AxeBuilder({ page }).include(within);
    const { violations } = await (look.theme === 'dark'
      ? axe.withRules(['color-contrast'])
      : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    ).analyze();
    found.push(
      ...violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${look.name} ${id}: ${target.join(' ')}`)),
    );
  }
  return found;
}

test('a payment that is refused, in each of the ways a bank or a provider has', async ({
  shopper,
  print,
  faults,
  proof,
}) => {
  const { page } = shopper;
  const orderId = await shopper.isReadyToPay(print, 2);
  await faults.arm({ orderId, name: 'create' }, 'error_500_before');
  await shopper.pressesPay();
  await isTold(shopper, 'provider_unavailable', 'the checkout, focused');

  for (const [card, reason] of [
    ['Declined', 'card_declined'],
    ['Not enough funds', 'insufficient_funds'],
    ['Expired', 'expired_card'],
    ['Wrong security code', 'incorrect_cvc'],
    ['Asks for you', 'requires_action'],
  ] as const satisfies readonly (readonly [Card, AnswerName])[]) {
    await shopper.choosesCard(card);
    await shopper.pressesPay();
    await isTold(shopper, reason, 'the checkout, focused');
  }

  await page.getByRole('link', { name: 'Continue to your bank' }).click();
  await page.getByRole('button', { name: 'No, refuse' }).click();
  await page.waitForURL(`/orders/${orderId}`);
  await isTold(shopper, 'action_failed', 'the order');
  await page.getByRole('link', { name: 'Try again' }).click();
  await isTold(shopper, 'action_failed', 'the checkout, focused');
  await proof.nothingCharged(print);
});

test('a payment that the bank wants to see the shopper for, and that they confirm there', async ({
  shopper,
  visitor,
  print,
  proof,
}) => {
  const { page } = shopper;
  await shopper.isReadyToPay(print, 2, 'Asks for you');
  await shopper.pressesPay();
  await page.getByRole('link', { name: 'Continue to your bank' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Is this you?' })).toBeVisible();
  expect(await findings(page, 'main')).toEqual([]);
  expect((await visitor.page.goto(page.url()))?.status(), 'somebody else is asked nothing').toBe(404);
  await proof.nothingCharged(print);

  const confirm = page.getByRole('button', { name: `Yes, confirm ${euros(totalOf(print))}` });
  await confirm.dblclick();
  await shopper.seesReceiptForGood(2, totalOf(print));
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a payment that the bank wants to see the shopper for, and that they cancel', async ({
  shopper,
  print,
  proof,
}) => {
  const { page } = shopper;
  const orderId = await shopper.isReadyToPay(print, 2, 'Asks for you');
  await shopper.pressesPay();
  await shopper.sees(TITLES.requires_action);
  await page.goto(`/orders/${orderId}`);
  await isTold(shopper, 'requires_action', 'the order');
  await page.getByRole('link', { name: 'Continue to your bank' }).click();
  const bank = page.url();
  await page.getByRole('link', { name: 'Close without answering' }).click();
  await page.getByRole('button', { name: 'Cancel the payment and end this order' }).click();
  await isTold(shopper, 'cancelled', 'the order');
  await page.goto(bank);
  await expect(page, 'the bank asks no more').toHaveURL(`/orders/${orderId}`);
  await proof.nothingCharged(print);
});

test('a total that is not what was agreed to', async ({ shopper, print, stage, proof }) => {
  const code = `E2E${randomUUID().slice(0, 8)}`.toUpperCase();
  await stage.offers(code, 25);
  await shopper.isReadyToPay(print, 2);
  await stage.changePrice(print.slug, print.priceMinor + 1_000);
  await shopper.pressesPay();
  await isTold(shopper, 'price_changed', 'the checkout, focused');

  const field = shopper.page.getByLabel('Promotion code (optional)');
  await field.fill(code);
  await field.press('Enter');
  await shopper.sees(`Code ${code}: 25 % off the prints.`);
  await stage.endsOffer(code);
  await shopper.pressesPay();
  await isTold(shopper, 'promotion_ended', 'the checkout, focused');
  await expect(shopper.payButton).toHaveText(`Pay ${euros(totalOf(print) + 1_000)}`);
  await proof.nothingCharged(print);
});

test('a copy that is not theirs any more', async ({ shopper, visitor, print, stage, proof }) => {
  const sooner = await shopper.isReadyToPay(print, 2);
  await stage.endHold(sooner);
  await shopper.pressesPay();
  await isTold(shopper, 'hold_ended', 'the checkout, focused');
  await proof.nothingCharged(print);

  const other = await stage.hang();
  await visitor.isReadyToPay(other, 2);
  await stage.givesAway(other.slug, 2);
  await visitor.pressesPay();
  await isTold(visitor, 'copy_sold', 'the checkout, focused');
});

test('a payment that the bank takes its time for, is paid, and given back', async ({
  shopper,
  print,
  faults,
  settles,
  provider,
  proof,
}) => {
  const { page } = shopper;
  const orderId = await shopper.isReadyToPay(print, 2);
  await faults.arm({ orderId, name: 'confirm' }, 'go_processing');
  await shopper.pressesPay();
  await shopper.sees(TITLES.processing);
  await page.goto(`/orders/${orderId}`);
  await isTold(shopper, 'processing', 'the order');
  await settles(orderId);
  await isTold(shopper, 'succeeded', 'the order');
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });

  const [intent] = await provider.intentsOf(orderId);
  await provider.refunds(intent?.id ?? '');
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('heading', { level: 1, name: TITLES.refunded })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await isTold(shopper, 'refunded', 'the order');
});

test('a payment whose answer is lost, and found again', async ({ shopper, print, faults, proof }) => {
  const orderId = await shopper.isReadyToPay(print, 2);
  // One would not do: the provider's own package sends once more by itself. And nothing else may tell of the charge first.
  await faults.arm({ orderId, name: 'confirm' }, 'rst_after', 2);
  const late = await faults.arm({ orderId, name: 'event' }, { name: 'delay', ms: 30_000 }, 100);
  await shopper.pressesPay();
  await isTold(shopper, 'recovered', 'the order');
  await shopper.sees(/The first answer was lost\./);
  await faults.takeAway(late);
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('a payment whose answer is lost, that nobody can find, and that a person looks at', async ({
  shopper,
  print,
  faults,
  stage,
  db,
}) => {
  const orderId = await shopper.isReadyToPay(print, 2);
  await faults.arm({ orderId, name: 'confirm' }, 'rst_after', 2);
  const unseen = await faults.arm({ orderId, name: 'retrieve' }, 'retrieve_500', 1_000);
  await shopper.pressesPay();
  await isTold(shopper, 'unknown', 'the checkout, told');
  await stage.endTries(orderId);
  const parked = async () => {
    await stage.makeDue(orderId);
    return (await db.recordOf(orderId, 'checkout.pay'))?.state;
  };
  const NEEDS_REVIEW = 4;
  await expect.poll(parked, { intervals: [200], timeout: 30_000 }).toBe(NEEDS_REVIEW);
  await isTold(shopper, 'needs_review', 'the order');

  await faults.takeAway(unseen);
  await stage.askAgain(orderId);
  await shopper.seesReceipt(2, totalOf(print));
});

test('a payment that is disputed afterwards: a person looks at the order, and nobody says that the bank was unclear', async ({
  shopper,
  print,
  provider,
  shop,
}) => {
  const { page } = shopper;
  const orderId = await shopper.isReadyToPay(print, 2);
  await shopper.pressesPay();
  await shopper.seesReceipt(2, totalOf(print));
  const [intent] = await provider.intentsOf(orderId);
  await askControl(shop.controlUrl, `/intents/${intent?.id}/dispute`, {});
  await expect(async () => {
    await page.reload();
    const heading = page.getByRole('heading', { level: 1, name: 'A person is checking this order.' });
    await expect(heading).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await shopper.sees(/You paid once, and your bank has told us something about the payment since\./);
  await expect(page.getByText('clear answer')).toHaveCount(0);
  expect(await findings(page, 'main')).toEqual([]);
});

test('money that comes when the copy is somebody else’s already goes back', async ({
  shopper,
  visitor,
  print,
  faults,
  provider,
  shop,
  account,
}) => {
  const { page } = shopper;
  const orderId = await shopper.isReadyToPay(print, 2);
  // The intent was made, and the shop never heard of it: it ends the order, and cannot end that.
  await faults.arm({ orderId, name: 'create' }, 'error_500_after');
  await shopper.pressesPay();
  await shopper.sees(TITLES.provider_unavailable);
  await page.getByRole('button', { name: 'Cancel the payment and end this order' }).click();
  await shopper.sees(TITLES.cancelled);
  await page.goto(`/orders/${orderId}`);
  await isTold(shopper, 'cancelled', 'the order');
  await visitor.isReadyToPay(print, 2);
  await visitor.pressesPay();
  await visitor.seesReceipt(2, totalOf(print));

  const [orphan] = await provider.intentsOf(orderId);
  const confirmed = await fetch(`${shop.providerUrl}/v1/payment_intents/${orphan?.id}/confirm`, {
    method: 'POST',
    headers: { authorization: `Bearer sk_test_${account}` },
    body: new URLSearchParams({ payment_method: 'pm_card_visa', return_url: shop.webUrl }),
  });
  expect(confirmed.status).toBe(200);
  await expect(async () => {
    await page.reload();
    await expect(page.getByRole('heading', { level: 1, name: TITLES.returned })).toBeVisible({ timeout: 1_000 });
  }).toPass();
  await isTold(shopper, 'returned', 'the order');
});
