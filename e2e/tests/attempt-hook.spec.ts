// @once/idempotency/react in a real browser, in front of a shop of its own (fixtures/attempt-shop.ts).
import { randomUUID } from 'node:crypto';
import { test as base, expect, type Page } from '@playwright/test';
import { AttemptShop } from '../fixtures/attempt-shop.ts';
import { shopAddress } from '../shop-address.ts';

const test = base.extend<{ id: string }, { attempts: AttemptShop }>({
  attempts: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from the pattern which fixtures are wanted
    async ({}, use) => await lendShop(use), // oxlint-disable-line no-empty-pattern
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  id: async ({}, use) => await use(randomUUID()), // oxlint-disable-line no-empty-pattern
  baseURL: async ({ attempts }, use) => await use(attempts.url),
  page: async ({ page }, use) => {
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    await use(page);
    expect(faults, 'the page had no errors, also none of hydration').toEqual([]);
  },
});

async function lendShop(use: (shop: AttemptShop) => Promise<void>): Promise<void> {
  const shop = await AttemptShop.open(shopAddress().databaseUrl);
  await use(shop);
  await shop.close();
}

const press = async (page: Page, name: string) => await page.getByRole('button', { name, exact: true }).click();
const payWith = async (page: Page, card: string) => {
  await page.getByLabel('Card').fill(card);
  await press(page, 'Pay');
};
const shows = async (page: Page, lines: Readonly<Record<string, string>>) => {
  for (const [name, text] of Object.entries(lines)) await expect(page.getByTestId(name)).toHaveText(text);
};
/** A page that can be pressed: the server's HTML looks the same before its script runs. */
const open = async (page: Page, path: string) => {
  await page.goto(path, { waitUntil: 'networkidle' });
};

test('a payment whose answer was lost is found after a reload, and asked about under the same key', async ({
  page,
  attempts,
  id,
}) => {
  await open(page, `/${id}`);
  await shows(page, { key: `${id}.0`, phase: 'new', sent: '' });
  const loss = attempts.losesAnswersTo(id);
  await payWith(page, 'good');
  await shows(page, { heard: 'Failed to fetch', phase: 'sent', sent: 'good', sending: 'false' });
  loss.end();
  await page.reload({ waitUntil: 'networkidle' });
  await shows(page, { key: `${id}.0`, phase: 'sent', sent: 'good' });
  await press(page, 'Ask again');
  await shows(page, { heard: 'succeeded', phase: 'settled', sent: '' });
  expect(attempts.executionsOf(id)).toEqual([`"${id}.0" good`]);
});

test('what is sent is kept before it leaves: a reload while it is under way finds it', async ({
  page,
  attempts,
  id,
}) => {
  const hold = attempts.holds(id);
  await open(page, `/${id}`);
  await payWith(page, 'good');
  await shows(page, { sending: 'true', phase: 'sent' });
  await page.reload({ waitUntil: 'networkidle' });
  await shows(page, { key: `${id}.0`, phase: 'sent', sent: 'good', sending: 'false' });
  hold.release();
  await press(page, 'Ask again');
  await shows(page, { heard: 'succeeded' });
  expect(attempts.executionsOf(id)).toHaveLength(1);
});

test('two tabs that pay at once pay once, and each hears of the other', async ({ page, context, attempts, id }) => {
  const hold = attempts.holds(id);
  const other = await context.newPage();
  const third = await context.newPage();
  for (const tab of [page, other, third]) await open(tab, `/${id}`);
  for (const tab of [page, other]) {
    await payWith(tab, 'good');
    await shows(tab, { sending: 'true' });
  }
  await shows(third, { phase: 'sent', sent: 'good' });
  hold.release();
  for (const tab of [page, other]) await shows(tab, { heard: 'succeeded', phase: 'settled', key: `${id}.0` });
  await shows(third, { phase: 'settled' });
  expect(attempts.executionsOf(id)).toEqual([`"${id}.0" good`]);
});

test('two tabs that hear the same refusal move on by one, not by two', async ({ page, context, attempts, id }) => {
  const other = await context.newPage();
  for (const tab of [page, other]) await open(tab, `/${id}`);
  const hold = attempts.holds(id);
  for (const tab of [page, other]) {
    await payWith(tab, 'declined');
    await shows(tab, { sending: 'true' });
  }
  hold.release();
  for (const tab of [page, other]) await shows(tab, { heard: 'rejected', key: `${id}.1`, phase: 'new', sent: '' });
  await payWith(other, 'good');
  await shows(other, { heard: 'succeeded' });
  await shows(page, { key: `${id}.1`, phase: 'settled' });
  expect(attempts.executionsOf(id)).toEqual([`"${id}.0" declined`, `"${id}.1" good`]);
});

test('a press on a page that is behind repeats the attempt it shows, and begins no new one', async ({
  page,
  attempts,
  id,
}) => {
  await open(page, `/${id}`);
  await page.getByLabel('Card').fill('declined');
  // A page hears no event of what it writes itself: as if another tab's refusal had not reached it yet.
  await page.evaluate(
    ([name, text]) => localStorage.setItem(name as string, text as string),
    [`idempotency.attempt.${id}`, '{"number":1,"phase":"new"}'],
  );
  await shows(page, { key: `${id}.0` });
  await press(page, 'Pay');
  await shows(page, { heard: 'rejected', key: `${id}.1`, phase: 'new' });
  expect(attempts.executionsOf(id)).toEqual([`"${id}.0" declined`]);
});

test('an answer that is not final keeps the key', async ({ page, attempts, id }) => {
  await open(page, `/${id}`);
  await payWith(page, 'nobody knows');
  await shows(page, { heard: 'unknown', key: `${id}.0`, phase: 'sent', sent: 'nobody knows' });
  await press(page, 'Ask again');
  await expect.poll(() => attempts.executionsOf(id)).toHaveLength(2);
  await shows(page, { key: `${id}.0` });
});

test('another card under a key that was used is refused by the server, and the key stays', async ({
  page,
  attempts,
  id,
}) => {
  await open(page, `/${id}`);
  const loss = attempts.losesAnswersTo(id);
  await payWith(page, 'good');
  await shows(page, { heard: 'Failed to fetch' });
  loss.end();
  await payWith(page, 'better');
  await shows(page, { heard: 'IDEMPOTENCY_FINGERPRINT_MISMATCH', key: `${id}.0`, sent: 'better' });
  await press(page, 'Forget');
  await shows(page, { key: `${id}.0`, phase: 'new', sent: '' });
  await press(page, 'Ask again');
  await shows(page, { heard: 'nothing to send' });
  expect(attempts.executionsOf(id)).toEqual([`"${id}.0" good`]);
});

test('Back to the page finds what was sent', async ({ page, attempts, id }) => {
  await open(page, `/${id}`);
  const loss = attempts.losesAnswersTo(id);
  await payWith(page, 'good');
  await shows(page, { heard: 'Failed to fetch' });
  loss.end();
  await page.goto('/elsewhere');
  await page.goBack({ waitUntil: 'networkidle' });
  await shows(page, { key: `${id}.0`, phase: 'sent', sent: 'good' });
  await press(page, 'Ask again');
  await shows(page, { heard: 'succeeded' });
  expect(attempts.executionsOf(id)).toHaveLength(1);
});

test('a page out of the browser’s memory sees what became of the attempt meanwhile', async ({
  page,
  context,
  attempts,
  id,
}) => {
  await open(page, `/${id}`);
  await page.evaluate(() =>
    addEventListener('pageshow', ({ persisted }) => {
      document.documentElement.dataset['restored'] = String(persisted);
    }),
  );
  await page.goto('/elsewhere');
  const other = await context.newPage();
  await open(other, `/${id}`);
  await payWith(other, 'declined');
  await shows(other, { key: `${id}.1` });
  await page.goBack({ waitUntil: 'load' });
  const restored = await page.locator('html').getAttribute('data-restored');
  test.skip(
    restored !== 'true',
    'THIS BROWSER KEEPS NO PAGES IN MEMORY: run with CHROMIUM_PATH (playwright.config.ts)',
  );
  await shows(page, { key: `${id}.1`, phase: 'new' });
  expect(attempts.executionsOf(id)).toHaveLength(1);
});

test('a page that is shown again reads what is kept anew', async ({ page, id }) => {
  await open(page, `/${id}`);
  // A page hears no event of what it writes itself: as if it had been written while the page was away.
  await page.evaluate(
    ([name, text]) => localStorage.setItem(name as string, text as string),
    [`idempotency.attempt.${id}`, '{"number":1,"phase":"settled"}'],
  );
  await shows(page, { key: `${id}.0` });
  await page.evaluate(() => dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })));
  await shows(page, { key: `${id}.1`, phase: 'settled' });
});

test('where storage is refused, the key is the same, and memory keeps the rest', async ({ page, attempts, id }) => {
  await open(page, `/${id}?sandboxed`);
  const refused = await page.evaluate(() => {
    try {
      return `none: ${localStorage.length}`;
    } catch (error) {
      return (error as Error).name;
    }
  });
  expect(refused).toBe('SecurityError');
  const loss = attempts.losesAnswersTo(id);
  await payWith(page, 'good');
  await shows(page, { heard: 'Failed to fetch', key: `${id}.0`, phase: 'sent', sent: 'good' });
  loss.end();
  await page.reload({ waitUntil: 'networkidle' });
  await shows(page, { key: `${id}.0`, phase: 'new' });
  await payWith(page, 'good');
  await shows(page, { heard: 'succeeded', phase: 'settled' });
  expect(attempts.executionsOf(id)).toEqual([`"${id}.0" good`]);
});

test('where storage is full, memory is ahead of what it still holds', async ({ page, attempts, id }) => {
  await open(page, `/${id}`);
  await payWith(page, 'nobody knows');
  await shows(page, { heard: 'unknown', sent: 'nobody knows' });
  await page.evaluate(() => {
    for (let size = 4_000_000; size > 0; size = Math.floor(size / 2)) {
      try {
        for (let n = 0; ; n++) localStorage.setItem(`filler.${size}.${n}`, 'x'.repeat(size));
      } catch {
        // Full for this size.
      }
    }
  });
  const hold = attempts.holds(id);
  const long = 'a card with a name that is longer than what there was';
  await payWith(page, long);
  await shows(page, { sending: 'true', sent: long });
  hold.release();
  await shows(page, { heard: 'succeeded', phase: 'settled' });
});

test('the server’s count of refusals wins over an older one, and loses to a newer one', async ({ page, id }) => {
  await open(page, `/${id}?refusals=2`);
  await shows(page, { key: `${id}.2` });
  await payWith(page, 'declined');
  await shows(page, { key: `${id}.3`, heard: 'rejected' });
  await open(page, `/${id}?refusals=2`);
  await shows(page, { key: `${id}.3` });
  await payWith(page, 'nobody knows');
  await shows(page, { phase: 'sent' });
  await open(page, `/${id}?refusals=4`);
  await shows(page, { key: `${id}.4`, phase: 'new', sent: '' });
});

test('an answer that came another way settles the attempt', async ({ page, context, id }) => {
  const other = await context.newPage();
  for (const tab of [page, other]) await open(tab, `/${id}`);
  await payWith(page, 'nobody knows');
  await shows(page, { phase: 'sent' });
  await press(page, 'Heard of the payment elsewhere');
  for (const tab of [page, other]) await shows(tab, { key: `${id}.0`, phase: 'settled', sent: '' });
});

test('what else may stand in the storage is taken for nothing', async ({ page, id }) => {
  await open(page, `/${id}`);
  const texts = [
    '',
    'null',
    '7',
    '{',
    '{"number":1.5,"phase":"sent"}',
    '{"number":"3","phase":"new"}',
    '{"number":1,"phase":"paid"}',
    '"x"',
    '[]',
  ];
  for (const text of texts) {
    await page.evaluate(
      ([name, value]) => localStorage.setItem(name as string, value as string),
      [`idempotency.attempt.${id}`, text],
    );
    await open(page, `/${id}`);
    await shows(page, { key: `${id}.0`, phase: 'new', sent: '' });
  }
});
