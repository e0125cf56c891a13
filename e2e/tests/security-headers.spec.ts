import { expect, test } from '../fixtures/test.ts';

const NO_STORE = /(^|[ ,])no-store($|[ ,;])/;

test('a script that was planted in a page does not run, and the page says so', async ({ page, policy }) => {
  await page.goto('/');
  const ran = await page.evaluate(async () => {
    const planted = (fill: (script: HTMLScriptElement) => void) => {
      const script = document.createElement('script');
      fill(script);
      document.body.append(script);
    };
    planted((script) => script.append('window.planted = "in the page"'));
    planted((script) => script.setAttribute('src', 'data:text/javascript,window.planted="as an address"'));
    document.body.insertAdjacentHTML('beforeend', '<img src="/nothing.png" onerror="window.planted=\'as a handler\'">');
    await new Promise((resolve) =>
      document.querySelector('img[src="/nothing.png"]')?.addEventListener('error', resolve),
    );
    return (window as { planted?: string }).planted;
  });
  expect(ran).toBeUndefined();
  await expect.poll(() => policy.violations.length).toBe(3);
  policy.violations.length = 0;
});

test('no page of ours is shown inside another one', async ({ page, shop, policy }) => {
  await page.goto('/');
  const framed = await page.evaluate((url) => {
    const frame = document.createElement('iframe');
    frame.src = url;
    document.body.append(frame);
    return new Promise<boolean>((resolve) =>
      frame.addEventListener('load', () => resolve(frame.contentDocument !== null)),
    );
  }, `${shop.webUrl}/cart`);
  expect(framed).toBe(false);
  policy.violations.length = 0;
});

test('every answer carries the headers that guard it; what is personal is kept by nobody', async ({
  request,
  shop,
  shopper,
  print,
}) => {
  await shopper.isReadyToPay(print, 2);
  const checkout = new URL(shopper.page.url()).pathname;
  const receipts = ['/receipts/nothing', '/receipts/nothing/certificates/x'];
  const personal = [
    ...receipts,
    '/',
    `/prints/${print.slug}`,
    '/cart',
    '/orders',
    checkout,
    '/nothing',
    '/api/trpc/cart.get',
  ];
  for (const path of [...personal, `/art/${print.slug}.svg`, '/healthz']) {
    const headers = (await request.get(`${shop.webUrl}${path}`)).headers();
    expect.soft(headers['content-security-policy'], path).toContain("frame-ancestors 'none'");
    expect.soft(headers, path).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': receipts.includes(path) ? 'no-referrer' : 'same-origin',
      'x-frame-options': 'DENY',
      'cross-origin-resource-policy': 'same-origin',
      'permissions-policy': expect.stringContaining('camera=()'),
    });
    expect.soft(headers['x-powered-by'], path).toBeUndefined();
    if (personal.includes(path)) expect.soft(headers['cache-control'], path).toMatch(NO_STORE);
  }
});

test('a page that is fetched without being opened is kept by nobody either', async ({ request, shop }) => {
  const answer = await request.get(`${shop.webUrl}/cart`, { headers: { rsc: '1' } });
  expect(answer.headers()['cache-control']).toMatch(NO_STORE);
});
