import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Api, CONTACT } from '../fixtures/api.ts';
import { totalOf } from '../fixtures/shopper.ts';
import { expect, test } from '../fixtures/test.ts';

// Straight to the running server, past every page of ours.

interface Ready {
  readonly checkoutId: string;
  readonly confirmationToken: string;
  readonly totalMinor: number;
}

const payOf = ({ checkoutId, confirmationToken, totalMinor }: Ready) => ({
  checkoutId,
  idempotencyKey: `${checkoutId}.0`,
  confirmationToken,
  expectedTotalMinor: totalMinor,
});

const KEY_MALFORMED = [400, 'KEY_MALFORMED'] as const;
const INPUT_INVALID = [400, 'INPUT_INVALID'] as const;

const PAYMENTS: readonly [what: string, input: (ready: Ready) => object, refused: readonly [number, string]][] = [
  ['a field that nobody knows', (r) => ({ ...payOf(r), discountMinor: 100 }), INPUT_INVALID],
  ['no token', ({ ...r }) => ({ ...payOf(r), confirmationToken: undefined }), INPUT_INVALID],
  ['an empty key', (r) => ({ ...payOf(r), idempotencyKey: '' }), KEY_MALFORMED],
  ['a key of 300 characters', (r) => ({ ...payOf(r), idempotencyKey: 'k'.repeat(300) }), KEY_MALFORMED],
  ['a key with NUL in it', (r) => ({ ...payOf(r), idempotencyKey: `${r.checkoutId}.0\u0000` }), KEY_MALFORMED],
  ['a key of other alphabets', (r) => ({ ...payOf(r), idempotencyKey: `${r.checkoutId}.０` }), KEY_MALFORMED],
  ['a key with a sign', (r) => ({ ...payOf(r), idempotencyKey: `${r.checkoutId}.-1` }), KEY_MALFORMED],
  ['a key with a leading zero', (r) => ({ ...payOf(r), idempotencyKey: `${r.checkoutId}.00` }), KEY_MALFORMED],
  ['the key in capitals', (r) => ({ ...payOf(r), idempotencyKey: `${r.checkoutId.toUpperCase()}.0` }), KEY_MALFORMED],
  ['the key of another checkout', (r) => ({ ...payOf(r), idempotencyKey: `${OTHER_ID}.0` }), KEY_MALFORMED],
  ['a checkout that is not there', (r) => ({ ...payOf({ ...r, checkoutId: OTHER_ID }) }), [404, 'NOT_FOUND']],
  [
    'a checkout id that is none',
    (r) => ({ ...payOf(r), checkoutId: "' or 1=1 --" }),
    [400, 'INPUT_INVALID|KEY_MALFORMED'],
  ],
  ['a negative total', (r) => ({ ...payOf(r), expectedTotalMinor: -1 }), INPUT_INVALID],
  ['a total of nothing', (r) => ({ ...payOf(r), expectedTotalMinor: 0 }), INPUT_INVALID],
  ['half a cent', (r) => ({ ...payOf(r), expectedTotalMinor: r.totalMinor + 0.5 }), INPUT_INVALID],
  ['a total in words', (r) => ({ ...payOf(r), expectedTotalMinor: `${r.totalMinor}` }), INPUT_INVALID],
  ['a token that is none', (r) => ({ ...payOf(r), confirmationToken: 'pm_card_visa' }), INPUT_INVALID],
];

const OTHER_ID = '019ab7c0-0000-7000-8000-000000000000';

test('malformed payments are refused with a code, and nothing is written', async ({
  request,
  shop,
  print,
  db,
  ledger,
}) => {
  const api = new Api(request, shop.webUrl);
  const ready = { ...(await api.isReadyToPay(print.slug, 2)), totalMinor: totalOf(print) };
  const before = await db.everythingAbout(ready.checkoutId, print.slug);
  for (const [what, input, [status, errorCode]] of PAYMENTS) {
    await test.step(what, async () => {
      const answer = await api.mutate('checkout.pay', input(ready));
      expect([answer.status, answer.errorCode]).toEqual([status, expect.stringMatching(`^(${errorCode})$`)]);
      expect(answer.text).not.toMatch(/select |insert |postgres|\.ts:\d/i);
      expect(await db.everythingAbout(ready.checkoutId, print.slug)).toEqual(before);
    });
  }
  expect(await ledger.rowsOf(ready.checkoutId)).toEqual([]);

  // None of them was refused because the request could never have worked.
  const answer = await api.mutate('checkout.pay', payOf(ready));
  expect([answer.status, (answer.data as { answer: string }).answer]).toEqual([200, 'paid']);
});

test('a total that is not the order’s is answered as changed and charges nothing', async ({
  request,
  shop,
  print,
  proof,
}) => {
  const api = new Api(request, shop.webUrl);
  const ready = { ...(await api.isReadyToPay(print.slug, 2)), totalMinor: 1 };
  const answer = await api.mutate('checkout.pay', payOf(ready));
  expect(answer.data).toMatchObject({ answer: 'changed', reason: 'price_changed', newTotalMinor: totalOf(print) });
  await proof.nothingCharged(print);
});

test('a key whose number is not the next one stores nothing and is told how things stand', async ({
  request,
  shop,
  print,
  db,
  proof,
}) => {
  const api = new Api(request, shop.webUrl);
  const ready = { ...(await api.isReadyToPay(print.slug, 2)), totalMinor: totalOf(print) };
  const before = await db.everythingAbout(ready.checkoutId, print.slug);
  const answer = await api.mutate('checkout.pay', { ...payOf(ready), idempotencyKey: `${ready.checkoutId}.7` });
  expect(answer.status).toBe(200);
  expect(answer.data).toMatchObject({ answer: 'open', refusals: 0 });
  expect(await db.everythingAbout(ready.checkoutId, print.slug)).toEqual(before);
  await proof.nothingCharged(print);
});

test('the same key with another card is refused, and the first payment stands', async ({
  request,
  shop,
  print,
  proof,
}) => {
  const api = new Api(request, shop.webUrl);
  const ready = { ...(await api.isReadyToPay(print.slug, 2)), totalMinor: totalOf(print) };
  const made = await api.mutate('checkout.testToken', { checkoutId: ready.checkoutId, card: 'pays' });
  const { token } = made.data as { token: string };
  const [first, second] = await Promise.all([
    api.mutate('checkout.pay', payOf(ready)),
    api.mutate('checkout.pay', payOf({ ...ready, confirmationToken: token })),
  ]);
  expect(new Set([first.status, second.status]), 'one was paid, the other refused').toEqual(new Set([200, 422]));
  expect([first, second].find(({ status }) => status === 422)?.errorCode).toBe('KEY_REUSED');
  await proof.soldOnce({ print, numbers: [2], totalMinor: totalOf(print) });
});

test('somebody else’s checkout looks like none, whatever is asked of it', async ({
  request,
  playwright,
  shop,
  print,
  db,
}) => {
  const owner = new Api(request, shop.webUrl);
  const ready = { ...(await owner.isReadyToPay(print.slug, 2)), totalMinor: totalOf(print) };
  const stranger = new Api(await playwright.request.newContext(), shop.webUrl);
  await stranger.mutate('cart.add', { slug: print.slug, number: 3 });
  const { checkoutId } = ready;
  const before = await db.everythingAbout(checkoutId, print.slug);
  const tries = (id: string) => [
    () => stranger.mutate('checkout.pay', payOf({ ...ready, checkoutId: id })),
    () => stranger.mutate('checkout.cancel', { checkoutId: id }),
    () => stranger.mutate('checkout.extendHold', { checkoutId: id }),
    () => stranger.mutate('checkout.update', { checkoutId: id, contact: CONTACT, shippingMethod: 'express' }),
    () => stranger.mutate('checkout.testToken', { checkoutId: id, card: 'pays' }),
    () => stranger.query('checkout.get', { checkoutId: id }),
    () => stranger.query('checkout.status', { checkoutId: id }),
    () => stranger.query('orders.get', { orderId: id }),
  ];
  for (const [index, attempt] of tries(checkoutId).entries()) {
    const theirs = await attempt();
    const nobodys = await tries(OTHER_ID)[index]?.();
    expect([theirs.status, theirs.errorCode]).toEqual([404, 'NOT_FOUND']);
    expect(theirs.text, 'alike to the byte').toBe(nobodys?.text);
  }
  expect(await db.everythingAbout(checkoutId, print.slug)).toEqual(before);
});

test('a cookie that was tampered with belongs to nobody', async ({ request, playwright, shop, print }) => {
  const owner = new Api(request, shop.webUrl);
  const { checkoutId } = await owner.isReadyToPay(print.slug, 2);
  const cookie = (await request.storageState()).cookies.find(({ name }) => name.endsWith('once_guest'));
  const [cartId, signature = ''] = (cookie?.value ?? '').split('.');
  const forged = `${cartId}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
  for (const [value, status] of [
    [cookie?.value ?? '', 200],
    [forged, 404],
    [cartId ?? '', 404],
    [`${cartId}.`, 404],
  ] as const) {
    const context = await playwright.request.newContext({ extraHTTPHeaders: { cookie: `${cookie?.name}=${value}` } });
    expect((await new Api(context, shop.webUrl).query('checkout.get', { checkoutId })).status).toBe(status);
  }
});

const CART_ADDS: readonly [what: string, input: (slug: string) => unknown][] = [
  ['a negative number', (slug) => ({ slug, number: -1 })],
  ['no number at all, but zero', (slug) => ({ slug, number: 0 })],
  ['half a number', (slug) => ({ slug, number: 1.5 })],
  ['a number as text', (slug) => ({ slug, number: '2' })],
  ['a quantity', (slug) => ({ slug, number: 2, quantity: 3 })],
  ['a price', (slug) => ({ slug, number: 2, priceMinor: 1 })],
  ['a path instead of a print', () => ({ slug: '../../etc/passwd', number: 2 })],
  ['nothing', () => undefined],
  ['a list', (slug) => [slug]],
];

test('malformed additions to the cart are refused, and nothing is held', async ({ request, shop, print, db }) => {
  const api = new Api(request, shop.webUrl);
  const before = await db.copiesOf(print.slug);
  for (const [what, input] of CART_ADDS) {
    await test.step(what, async () => {
      const answer = await api.mutate('cart.add', input(print.slug));
      expect([answer.status, answer.errorCode]).toEqual([...INPUT_INVALID]);
    });
  }
  expect((await api.mutate('cart.add', { slug: print.slug, number: 99 })).status).toBe(404);
  expect(await db.copiesOf(print.slug)).toEqual(before);
});

test('requests that no page of ours would send are turned away at the door', async ({ request, shop, print, db }) => {
  const api = new Api(request, shop.webUrl);
  const ready = { ...(await api.isReadyToPay(print.slug, 2)), totalMinor: totalOf(print) };
  const pay = JSON.stringify({ json: payOf(ready) });
  const batch = JSON.stringify({ 0: { json: payOf(ready) }, 1: { json: payOf(ready) } });
  const before = await db.everythingAbout(ready.checkoutId, print.slug);
  const fat = JSON.stringify({ json: { ...payOf(ready), note: 'x'.repeat(70_000) } });

  const doors: readonly [what: string, path: string, body: string, headers: Record<string, string>, status: number][] =
    [
      ['a body of 70 kB', 'checkout.pay', fat, {}, 413],
      ['from another site', 'checkout.pay', pay, { origin: 'https://evil.example' }, 403],
      ['from another site that hides its name', 'checkout.pay', pay, { 'sec-fetch-site': 'cross-site' }, 403],
      ['from a page without an origin', 'checkout.pay', pay, { origin: 'null' }, 403],
      ['as a form', 'checkout.pay', pay, { 'content-type': 'text/plain' }, 415],
      ['two payments in one', 'checkout.pay,checkout.pay?batch=1', batch, {}, 400],
      ['a batch of one', 'checkout.pay?batch=1', JSON.stringify({ 0: { json: payOf(ready) } }), {}, 400],
      ['half a body', 'checkout.pay', pay.slice(0, 40), {}, 400],
      ['no body', 'checkout.pay', '', {}, 400],
      ['a procedure that is not there', 'checkout.payTwice', pay, {}, 404],
    ];
  for (const [what, path, body, headers, status] of doors) {
    await test.step(what, async () => {
      const answer = await api.send(path, body, headers);
      expect(answer.status).toBe(status);
      expect(answer.text).not.toMatch(/select |insert |postgres|\.ts:\d/i);
      expect(await db.everythingAbout(ready.checkoutId, print.slug)).toEqual(before);
    });
  }
  await test.step('a payment as a GET', async () => {
    expect((await api.query('checkout.pay', payOf(ready))).status).toBe(405);
    expect(await db.everythingAbout(ready.checkoutId, print.slug)).toEqual(before);
  });
  await test.step('a body of 70 kB that announces no length', async () => {
    expect(await sendChunked(`${shop.webUrl}/api/trpc/checkout.pay`, fat)).toBe(413);
  });
});

test('an address that cannot be decoded is of no page, and no fault of the shop', async ({ shop }) => {
  for (const path of ['/%', '/checkout/%', '/orders/%zz', '/%E0%A4%A', '/art/%', '/prints/a%00b', '/api/trpc/%']) {
    expect((await fetch(`${shop.webUrl}${path}`, { redirect: 'manual' })).status, path).toBe(404);
  }
});

/** In pieces, so that nothing tells the size beforehand. @returns the status */
async function sendChunked(url: string, body: string): Promise<number | undefined> {
  const { hostname, port, pathname } = new URL(url);
  const request = httpRequest({ hostname, port, path: pathname, method: 'POST', family: 4 });
  request.setHeader('content-type', 'application/json');
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve).once('error', reject);
  });
  for (const piece of body.match(/[\s\S]{1,8192}/g) ?? []) request.write(piece);
  request.end();
  const answer = await answered;
  answer.destroy();
  return answer.statusCode;
}
