import { expect, test } from '../fixtures/test.ts';

// What programs read of the shop: search engines, and those who show a link as a card.

test('a print says of itself what it costs and whether it can be had, in data that no text of its own can end', async ({
  page,
  stage,
}) => {
  const title = '</script><b>Proof "of" it</b>';
  const soldOut = await stage.hang({ title, copies: 2, sold: [1, 2], priceMinor: 12_345 });
  await page.goto(`/prints/${soldOut.slug}`);
  const text = await page.locator('script[type="application/ld+json"]').textContent();
  const url = new URL(page.url()).href;
  expect(JSON.parse(text ?? '')).toMatchObject({
    '@type': 'Product',
    name: title,
    url,
    offers: { price: '123.45', priceCurrency: 'EUR', availability: 'https://schema.org/SoldOut' },
  });
  await expect(page.locator('head link[rel="canonical"]')).toHaveAttribute('href', url);

  await page.goto('/prints/lee-shore');
  const other = await page.locator('script[type="application/ld+json"]').textContent();
  expect(other).toContain('https://schema.org/InStock');
});

test('every card is a picture of its own, with the words that its font has', async ({ page, request, stage }) => {
  const foreign = await stage.hang({ title: '🌊 مد منخفض' });
  for (const path of ['/prints/lee-shore', `/prints/${foreign.slug}`, '/', '/cart']) {
    await page.goto(path);
    const address = await page.locator('head meta[property="og:image"]').getAttribute('content');
    const card = await request.get(address ?? '');
    const body = await card.body();
    expect([card.status(), card.headers()['content-type']]).toEqual([200, 'image/png']);
    expect([body.readUInt32BE(16), body.readUInt32BE(20)], 'width and height').toEqual([1200, 630]);
  }
});

test('pictures are kept for a year under the address that pages use, and for an hour under any other', async ({
  page,
  request,
}) => {
  await page.goto('/prints/lee-shore');
  const address = (await page.getByRole('img', { name: /^Lee Shore/ }).getAttribute('src')) ?? '';
  const kept = async (path: string) => (await request.get(path)).headers()['cache-control'];
  expect(await kept(address)).toBe('public, max-age=31536000, immutable');
  expect(await kept('/art/lee-shore.svg')).toBe('public, max-age=3600');
  expect(await kept('/art/lee-shore.svg?v=999')).toBe('public, max-age=3600');
  for (const wrong of [
    'nope.svg',
    'lee-shore.svg?copy=0',
    'lee-shore.svg?copy=41',
    'lee-shore.svg?copy=x',
    'x.gif',
    '%00',
  ]) {
    expect((await request.get(`/art/${wrong}`)).status(), wrong).toBeGreaterThanOrEqual(400);
  }
});

test('the sitemap has every print, robots.txt names it, and searches are not to be indexed', async ({
  page,
  request,
  print,
  baseURL,
}) => {
  const sitemap = await (await request.get('/sitemap.xml')).text();
  expect(sitemap).toContain(`<loc>${baseURL}/prints/${print.slug}</loc>`);
  expect(await (await request.get('/robots.txt')).text()).toContain(`Sitemap: ${baseURL}/sitemap.xml`);
  await page.goto('/?q=lee&sort=price');
  await expect(page.locator('head meta[name="robots"]')).toHaveAttribute('content', 'noindex, follow');
  await expect(page.locator('head link[rel="canonical"]')).toHaveAttribute('href', new RegExp(`^${baseURL}/?$`));
});

test('an address that nothing answers is not found, whether a print’s or any other', async ({ page }) => {
  for (const path of ['/no-such-page', '/prints/no-such-print', '/prints/lee-shore/more']) {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(404);
    await expect(page).toHaveTitle('Not found · Once');
    await expect(page.getByRole('heading', { name: 'This page is not in the edition.' })).toBeVisible();
  }
});

test('an address under /api that nothing answers says so to a program', async ({ request }) => {
  for (const answer of [await request.get('/api/nothing'), await request.post('/api/no/such/thing', { data: {} })]) {
    expect([answer.status(), await answer.json()]).toEqual([404, { errorCode: 'NOT_FOUND' }]);
  }
});
