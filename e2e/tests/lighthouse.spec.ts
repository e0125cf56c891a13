import { type Browser, chromium } from '@playwright/test';
import lighthouse from 'lighthouse';
// @boundaries-ignore the way the shop is started belongs to no package
import { freePorts } from '../../scripts/free-ports.ts';
import { expect, test } from '../fixtures/test.ts';

// Not part of the suite: Lighthouse on the shop as it is deployed, as a phone on a slow line. `pnpm lighthouse` prints the
// medians. Run it on a machine that does nothing else.

const RUNS = 5;
const LEAST = { performance: 98, accessibility: 100, 'best-practices': 100, seo: 100 } as const;
const METRICS = [
  'first-contentful-paint',
  'largest-contentful-paint',
  'total-blocking-time',
  'cumulative-layout-shift',
];
type Category = keyof typeof LEAST;
const CATEGORIES = Object.keys(LEAST) as Category[];

test('the shop as Lighthouse sees it', async ({ shopper, print, launchOptions, shop }) => {
  test.setTimeout(15 * 60_000);
  await shopper.opensPrint(print);
  await shopper.addsToCart(1);
  const checkoutId = await shopper.checksOut();
  const cookies = await shopper.page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const [port = 0] = await freePorts(1);
  const args = [...(launchOptions.args ?? []), `--remote-debugging-port=${port}`];
  const browser: Browser = await chromium.launch({ ...launchOptions, args });
  const pages = { catalogue: '/', print: '/prints/lee-shore', cart: '/cart', checkout: `/checkout/${checkoutId}` };
  for (const [name, path] of Object.entries(pages)) {
    const scores = await median(`${shop.webUrl}${path}`, port, cookie);
    console.log(`${name}: ${CATEGORIES.map((category) => `${category} ${scores[category]}`).join(', ')}`);
    for (const category of CATEGORIES) {
      expect.soft(scores[category], `${name}: ${category}`).toBeGreaterThanOrEqual(LEAST[category]);
    }
  }
  await browser.close();
});

async function median(url: string, port: number, cookie: string): Promise<Record<Category, number>> {
  const runs: Record<Category, number>[] = [];
  for (let run = 0; run < RUNS; run++) runs.push(await look(url, port, cookie));
  const middle = (category: Category) =>
    runs.map((scores) => scores[category]).toSorted((a, b) => a - b)[Math.floor(RUNS / 2)] ?? 0;
  return Object.fromEntries(CATEGORIES.map((category) => [category, middle(category)])) as Record<Category, number>;
}

/** One look, from 0 to 100 in each category; what it measured, and what it found, is printed. */
async function look(url: string, port: number, cookie: string): Promise<Record<Category, number>> {
  const result = await lighthouse(url, {
    port,
    logLevel: 'error',
    onlyCategories: CATEGORIES,
    extraHeaders: { cookie },
  });
  const { audits = {}, categories = {} } = result?.lhr ?? {};
  const metrics = METRICS.map((id) => `${id} ${audits[id]?.displayValue}`);
  const faults = CATEGORIES.filter((category) => category !== 'performance')
    .flatMap((category) => categories[category]?.auditRefs ?? [])
    .filter(({ id, weight }) => weight > 0 && (audits[id]?.score ?? 1) < 1);
  console.log(`  ${new URL(url).pathname}: ${[...metrics, ...faults.map(({ id }) => `! ${id}`)].join(', ')}`);
  const scores = CATEGORIES.map((category) => [category, Math.round((categories[category]?.score ?? 0) * 100)]);
  return Object.fromEntries(scores) as Record<Category, number>;
}
