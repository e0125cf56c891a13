import type { Locator, Page } from '@playwright/test';
import { expect, test } from '../fixtures/own-shop.ts';

// The charts of the back office, beside what was really done. Tests before these have left figures too, so rises are compared.
test.setTimeout(120_000);

const card = (page: Page, title: string): Locator => page.getByRole('region', { name: title, exact: true });

/** What the table of a chart adds up to, in its first column of figures; it is there whether or not it is shown. */
async function total(page: Page, title: string): Promise<number> {
  const cells = await card(page, title).locator('tbody tr td:nth-of-type(1)').allTextContents();
  const counts = cells.map((cell) => Number(/^(?:at least )?([\d,]+)$/.exec(cell)?.[1]?.replaceAll(',', '') ?? 0));
  return counts.reduce((sum, count) => sum + count, 0);
}

const COUNTED = ['Purchases', 'Rejected', 'Replays suppressed', 'Taken over'] as const;

async function totals(page: Page): Promise<Record<string, number>> {
  await page.goto('/admin/figures?over=day');
  return Object.fromEntries(await Promise.all(COUNTED.map(async (title) => [title, await total(page, title)])));
}

/** Processes tell every ten seconds or so. */
async function haveRisen(page: Page, before: Record<string, number>, by: Record<(typeof COUNTED)[number], number>) {
  const wanted = Object.fromEntries(Object.entries(by).map(([title, more]) => [title, (before[title] ?? 0) + more]));
  await expect.poll(() => totals(page), { timeout: 60_000, intervals: [1_000] }).toEqual(wanted);
}

test('the charts show what was done, and go on where a killed process stopped', async ({ staff, payers, kill }) => {
  const [buyer, refused, cutOff] = await payers(3);
  if (!buyer || !refused || !cutOff) throw new Error('three payers were asked for');
  const before = await totals(staff);
  expect((await buyer.pressesPay()).data).toMatchObject({ answer: 'paid' });
  expect((await buyer.pressesPay()).data).toMatchObject({ answer: 'paid' });
  await refused.takesCard('declined');
  expect((await refused.pressesPay()).data).toMatchObject({ answer: 'declined' });
  await haveRisen(staff, before, { Purchases: 1, Rejected: 1, 'Replays suppressed': 1, 'Taken over': 0 });

  const web = await kill.web({ at: 'answered:confirm' });
  await cutOff.pressesPayUntilCutOff();
  await web.isDead();
  await web.comesBack();
  await expect.poll(() => cutOff.status(), { timeout: 30_000 }).toMatchObject({ answer: 'paid' });
  await haveRisen(staff, before, { Purchases: 2, Rejected: 1, 'Replays suppressed': 1, 'Taken over': 1 });
  await expect(card(staff, 'Purchases').getByText('a process started').first()).toBeAttached();
  await expect(
    card(staff, 'Time at the provider')
      .locator('tbody')
      .getByText(/^[\d.]+ s$/)
      .first(),
  ).toBeAttached();
});

test('a time of which nobody told is a gap in the chart and in the table, and silence is said', async ({
  staff,
  stage,
  kill,
}) => {
  await staff.goto('/admin/figures?over=hour');
  await expect(staff.getByRole('status')).toHaveCount(0);
  await kill.worker();
  await stage.agesFigures('20 minutes');
  await expect(async () => {
    await staff.goto('/admin/figures?over=hour');
    await expect(staff.getByRole('status')).toHaveText(/^The worker has told nothing for half a minute/, {
      timeout: 500,
    });
  }).toPass();
  const purchases = card(staff, 'Purchases');
  const gaps = await purchases.getByText('no figures', { exact: true }).count();
  expect(gaps).toBeGreaterThan(15);
  await expect(purchases.getByRole('img')).toHaveAccessibleName(new RegExp(`No figures for ${gaps} of 60 minutes`));
  await expect(purchases.locator('svg [fill="url(#no-figures)"] rect')).toHaveCount(gaps);
});

test('a table is opened by keys on a phone, and is read out without that', async ({ staff }) => {
  await staff.setViewportSize({ width: 390, height: 844 });
  await staff.goto('/admin/figures');
  const table = card(staff, 'Purchases').getByRole('table', { name: /^Purchases/ });
  // Of no size for the eye, and there for whoever has it read out.
  await expect(table.getByRole('row').first()).toBeAttached();
  expect((await card(staff, 'Purchases').locator('.chart-table').boundingBox())?.height).toBeLessThanOrEqual(1);
  const box = staff.getByRole('checkbox', { name: 'Table of Purchases' });
  await staff.getByRole('link', { name: 'Month' }).focus();
  await staff.keyboard.press('Tab');
  await expect(box).toBeFocused();
  await staff.keyboard.press('Space');
  await expect(box).toBeChecked();
  expect((await table.boundingBox())?.height).toBeGreaterThan(100);
  await staff.getByRole('link', { name: 'Day' }).focus();
  await staff.keyboard.press('Enter');
  await staff.waitForURL(/over=day/);
  await expect(staff.getByRole('link', { name: 'Day', exact: true })).toHaveAttribute('aria-current', 'page');
});
