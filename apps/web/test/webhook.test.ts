import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEnv } from '#env.ts';
import { createStorefront, type Storefront } from '#server/storefront.ts';
import { MAX_EVENT_BYTES, takeEvent } from '#server/webhook.ts';
import { type OpenShop, openShop } from './open-shop.ts';

const SECRETS = ['whsec_new', 'whsec_old'];

let shop: OpenShop & { close(): Promise<void> };
let web: Storefront;
beforeAll(async () => {
  shop = await openShop();
  web = { ...shop.storefront, env: { ...shop.storefront.env, webhookSecrets: SECRETS } };
});
afterAll(() => shop.close());

const event = (id: string, kind = 'customer.created') =>
  JSON.stringify({ id, object: 'event', type: kind, data: { object: { id: 'cus_1' } } });

function sign(body: string, secret: string, ageSeconds = 0): string {
  const t = Math.floor(Date.now() / 1000) - ageSeconds;
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

async function send(body: string, signature: string | null, of = web) {
  const works: Promise<void>[] = [];
  const request = new Request('http://shop.test/api/webhooks/stripe', {
    ...{ method: 'POST', body },
    headers: { 'content-type': 'application/json', ...(signature !== null && { 'stripe-signature': signature }) },
  });
  const response = await takeEventOf(of, request, works);
  const kept = await rows();
  await Promise.all(works);
  return { status: response.status, kept, works: works.length };
}

const takeEventOf = async (of: Storefront, request: Request, works: Promise<void>[]) =>
  await takeEvent(request, of, (work) => void works.push(work()));

const rows = async () =>
  (
    await web.shop.db.execute<{ id: string; applied: boolean }>(
      sql`select id, applied_at is not null as applied from provider_event order by id`,
    )
  ).map((row) => ({ ...row }));

describe('an event', () => {
  test.each(SECRETS)('signed with %s is kept before it is answered, and applied after', async (secret) => {
    const body = event(`evt_${secret}`);
    const { status, kept, works } = await send(body, sign(body, secret));
    expect({ status, works }).toEqual({ status: 200, works: 1 });
    expect(kept.map(({ id }) => id)).toContain(`evt_${secret}`);
    expect(await rows()).toContainEqual({ id: `evt_${secret}`, applied: true });

    expect(await send(body, sign(body, secret))).toMatchObject({ status: 200, works: 0 });
  });

  test.each([
    ['without a signature', null],
    ['with a bad one', sign(event('evt_bad'), 'whsec_other')],
    ['with an old one', sign(event('evt_bad'), 'whsec_new', 600)],
  ])('%s is refused, and not kept', async (_, signature) => {
    const { status, kept } = await send(event('evt_bad'), signature);
    expect(status).toBe(400);
    expect(kept.map(({ id }) => id)).not.toContain('evt_bad');
  });

  test('that is none, or far too large, is refused', async () => {
    expect(await send('{', sign('{', 'whsec_new'))).toMatchObject({ status: 400 });
    expect(await send('{}', sign('{}', 'whsec_new'))).toMatchObject({ status: 400 });
    const large = event('evt_large').replace('cus_1', 'x'.repeat(MAX_EVENT_BYTES));
    expect(await send(large, sign(large, 'whsec_new'))).toMatchObject({ status: 413 });
  });

  test('is not taken where no secret is set: it will be sent again', async () => {
    const body = event('evt_no_secret');
    const unset = { ...web, env: { ...web.env, webhookSecrets: [] } };
    expect(await send(body, sign(body, 'whsec_new'), unset)).toMatchObject({ status: 503 });
  });

  test('is not answered for while the database is away: it will be sent again', async () => {
    const body = event('evt_away');
    const away = createStorefront(
      readEnv({
        DATABASE_URL: 'postgres://nobody@127.0.0.1:9/none',
        ...{ STRIPE_SECRET_KEY: 'sk_test_web', STRIPE_API_BASE: shop.providerUrl, LOG_LEVEL: 'silent' },
        ...{ STRIPE_WEBHOOK_SECRET: SECRETS.join(', '), DATA_DIR: web.env.dataDir },
      }),
    );
    expect(await send(body, sign(body, 'whsec_old'), away)).toMatchObject({ status: 503, works: 0 });
    await away.shop.db.$client.end({ timeout: 1 });
  });
});

test('the provider itself is understood: what it signs and sends is kept and applied', async () => {
  const works: Promise<void>[] = [];
  const server = createServer((request, response) => {
    void text(request).then(async (body) => {
      const signature = String(request.headers['stripe-signature']);
      const forwarded = new Request('http://shop.test/api/webhooks/stripe', {
        ...{ method: 'POST', body, headers: { 'stripe-signature': signature } },
      });
      const answer = await takeEventOf({ ...web, env: { ...web.env, webhookSecrets: [secret] } }, forwarded, works);
      response.writeHead(answer.status).end();
    });
  });
  let secret = '';
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const call = async (path: string, fields: Record<string, string>) => {
    const response = await fetch(`${shop.providerUrl}${path}`, {
      ...{ method: 'POST', headers: { authorization: 'Bearer sk_test_web' }, body: new URLSearchParams(fields) },
    });
    return (await response.json()) as { id: string; secret: string };
  };
  try {
    ({ secret } = await call('/v1/webhook_endpoints', { url: `http://127.0.0.1:${port}/`, 'enabled_events[0]': '*' }));
    const intent = await call('/v1/payment_intents', { amount: '500', currency: 'eur' });
    await expect
      .poll(async () => (await rows()).filter(({ id }) => id.startsWith('evt_') && id.length > 20).length, {
        timeout: 15_000,
      })
      .toBeGreaterThan(0);
    await Promise.all(works);
    const [kept] = await web.shop.db.execute(
      sql`select kind, applied_at is not null as applied from provider_event where object_id = ${intent.id}`,
    );
    // It has no order of ours in its metadata: another program's, and none of our business.
    expect(kept).toEqual({ kind: 'payment_intent.created', applied: true });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
