import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { Api } from '../fixtures/api.ts';
import { MIRA, Shopper, totalOf } from '../fixtures/shopper.ts';
import { Stage } from '../fixtures/stage.ts';
import { addressOf, startOwn } from '../fixtures/standing-shop.ts';
import { expect, test } from '../fixtures/test.ts';

const BUNDLE = join(import.meta.dirname, '../../apps/web/.next/static');

test('no secret and no card number is in pages, answers, the bundle, logs or the database; records are sealed', async ({
  browser,
  playwright,
}) => {
  test.setTimeout(120_000);
  const folder = await mkdtemp(join(tmpdir(), 'once-canaries-'));
  const canary = (name: string) => `canary${name}${randomBytes(12).toString('hex')}`;
  const planted = {
    STRIPE_SECRET_KEY: `sk_test_${canary('Key')}`,
    STRIPE_WEBHOOK_SECRET: `whsec_${canary('Hook')}`,
    COOKIE_SECRET: canary('Cookie'),
    RECORD_KEYS: `k1:${randomBytes(32).toString('hex')}`,
  };
  const stack = await startOwn(folder, undefined, planted);
  const sql = postgres(stack.databaseUrl, { max: 1, onnotice: () => {} });
  try {
    const shop = addressOf(stack);
    const stage = new Stage(shop.databaseUrl);
    const print = await stage.hang();
    await stage.close();
    const heard = new Map<string, string>();
    let receiptLink = '';

    await test.step('a shopper buys, and somebody provokes errors', async () => {
      const context = await browser.newContext({ baseURL: shop.webUrl });
      const shopper = new Shopper(await context.newPage());
      const bodies: Promise<void>[] = [];
      shopper.page.on('response', (response) => {
        bodies.push(
          response.text().then(
            (text) =>
              void heard.set(`${response.url()} ${heard.size}`, `${text} ${JSON.stringify(response.headers())}`),
            () => {}, // a redirect has no body
          ),
        );
      });
      await shopper.isReadyToPay(print, 2);
      await shopper.pressesPay();
      await shopper.seesReceipt(2, totalOf(print));
      receiptLink = await shopper.page.getByRole('textbox', { name: 'Link to this receipt' }).inputValue();
      await shopper.page.goto(receiptLink);
      await shopper.page.goto(`${receiptLink}x`);
      await Promise.all(bodies);
      await context.close();

      const request = await playwright.request.newContext();
      const api = new Api(request, shop.webUrl);
      const hostile = await Promise.all([
        request.post(`${shop.webUrl}/api/webhooks/stripe`, {
          data: '{}',
          headers: { 'stripe-signature': 't=1,v1=00' },
        }),
        request.get(`${shop.webUrl}/orders/nothing`),
        request.get(`${shop.webUrl}/api/trpc/nothing`),
        request.get(`${shop.webUrl}/readyz`),
      ]);
      for (const answer of hostile) heard.set(answer.url(), await answer.text());
      const { checkoutId, confirmationToken } = await api.isReadyToPay(print.slug, 3);
      await stack.kill('provider');
      const failed = await api.mutate('checkout.pay', {
        ...{ checkoutId, idempotencyKey: `${checkoutId}.0` },
        ...{ confirmationToken, expectedTotalMinor: totalOf(print) },
      });
      heard.set('a payment without a provider', failed.text);
      const card = await api.mutate('checkout.update', { checkoutId, promotionCode: '4242424242424242' });
      expect([card.status, card.errorCode]).toEqual([400, 'CARD_NUMBER']);
      heard.set('a card number', card.text);
      await request.dispose();
    });

    const roles = await sql`
      select distinct usename, application_name as app from pg_stat_activity
      where application_name in ('once-web', 'once-worker') order by 1`;
    expect([...roles]).toEqual([
      { usename: 'once_web', app: 'once-web' },
      { usename: 'once_worker', app: 'once-worker' },
    ]);

    const records = await sql`select input, progress, outcome from idempotency.record where operation = 'checkout.pay'`;
    expect(records.length).toBeGreaterThan(0);
    for (const row of records) {
      for (const text of Object.values(row)) if (text !== null) expect(text).toMatch(/^sealed\.k1\./);
    }

    const dump = await dumpOf(sql);
    expect(dump.get('public.orders'), 'the dump has what is in the tables').toContain(MIRA.email);
    await stack.stop();
    const everywhere = new Map([
      ...heard,
      ...dump,
      ...(await filesIn(BUNDLE)),
      ...(await filesIn(join(folder, 'logs'))),
    ]);
    const secrets = Object.values(planted).map((secret) => secret.replace(/^(sk_test_|whsec_|k1:)/, ''));
    for (const [where, text] of everywhere) {
      for (const secret of secrets) expect(text.includes(secret), `a secret in ${where}`).toBe(false);
      // The local provider's own book and log are its own: it knows its test cards.
      if (!where.endsWith('provider.log')) expect(cardNumbersIn(text), where).toEqual([]);
    }
    const [signature = 'none'] = receiptLink.split('.').slice(-1);
    expect(signature).toHaveLength(43);
    for (const [where, text] of [...dump, ...(await filesIn(join(folder, 'logs')))]) {
      expect(text.includes(signature), `what opens a receipt in ${where}`).toBe(false);
    }
    for (const [where, text] of await filesIn(join(folder, 'logs'))) {
      expect(text.includes(MIRA.email) || text.includes(MIRA.name), `a shopper in ${where}`).toBe(false);
    }
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {});
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

/** Every row of every table, as text. */
async function dumpOf(sql: postgres.Sql): Promise<Map<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'idempotency')`;
  const dump = new Map<string, string>();
  for (const { name } of tables) {
    const rows = await sql.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`);
    dump.set(name, rows.map(({ row }) => row).join('\n'));
  }
  return dump;
}

async function filesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return new Map(await Promise.all(paths.map(async (path) => [path, await readFile(path, 'utf8')] as const)));
}

/** Of Visa, Mastercard and American Express, by their check digit. */
function cardNumbersIn(text: string): string[] {
  const found = text.match(/(?<![\w.])(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13})(?![\w.])/g) ?? [];
  return found.filter((digits) => {
    const sum = digits
      .split('')
      .reverse()
      .reduce((total, digit, index) => {
        const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
        return total + (value > 9 ? value - 9 : value);
      }, 0);
    return sum % 10 === 0;
  });
}
