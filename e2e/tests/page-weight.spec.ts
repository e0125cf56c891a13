import { gzipSync } from 'node:zlib';
import type { APIRequestContext } from '@playwright/test';
import { expect, test } from '../fixtures/test.ts';

// The budget of JavaScript. `pnpm e2e page-weight` prints what each page takes of it.

/** Bytes of script, compressed, that a page names before anybody has touched it. An empty page of Next has 132 kB. */
const BUDGET = { catalogue: 140_000, print: 140_000, checkout: 190_000 } as const;

test('pages stay within their budget of JavaScript', async ({ request, shopper, print }) => {
  await shopper.opensPrint(print);
  await shopper.addsToCart(1);
  const checkoutId = await shopper.checksOut();
  const paths = { catalogue: '/', print: `/prints/${print.slug}`, checkout: `/checkout/${checkoutId}` };
  for (const [name, budget] of Object.entries(BUDGET)) {
    const page = shopper.page.context().request;
    const html = await (await page.get(paths[name as keyof typeof BUDGET])).text();
    const bytes = await weightOf(scriptsIn(html), request);
    console.log(`${name}: ${(bytes / 1000).toFixed(1)} kB of ${budget / 1000} kB`);
    expect.soft(bytes, `${name}: bytes of JavaScript, gzipped`).toBeLessThanOrEqual(budget);
    expect(bytes, 'scripts were found').toBeGreaterThan(100_000);
  }
});

/** Not those for browsers that know no modules: ours does. */
function scriptsIn(html: string): string[] {
  const elements = html.match(/<script[^>]*\ssrc="[^"]+"[^>]*>/g) ?? [];
  const modern = elements.filter((element) => !/\snomodule/i.test(element));
  return [...new Set(modern.flatMap((element) => /\ssrc="([^"]+)"/.exec(element)?.[1] ?? []))];
}

async function weightOf(paths: readonly string[], request: APIRequestContext): Promise<number> {
  const bodies = await Promise.all(paths.map(async (path) => (await request.get(path)).body()));
  return bodies.reduce((sum, body) => sum + gzipSync(body, { level: 6 }).length, 0);
}
