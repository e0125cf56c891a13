import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountOf, endProvider, newAccount, post, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

/** fetch sets Host and Origin by itself, so these requests are made one level below. */
function ask(
  path: string,
  headers: Record<string, string>,
  method = 'GET',
  body = '',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port: provider.controlPort, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

describe('what a page in a browser could send', () => {
  test.each([
    ['the name of a site that now points here', 'rebound.example'],
    ['that name with our port', 'rebound.example:PORT'],
    ['our name with another port', '127.0.0.1:1'],
    ['no port', 'localhost'],
  ])('Host is %s: 403', async (_, host) => {
    const answer = await ask('/ledger', { host: host.replace('PORT', String(provider.controlPort)) });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'foreign_host' } });
  });

  test.each(['http://shop.example', 'null', 'https://127.0.0.1:PORT', 'http://127.0.0.1:1'])(
    'Origin is %s: 403, and nothing happens',
    async (origin) => {
      const stripe = provider.client();
      const first = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' }, { idempotencyKey: 'k' });
      const headers = {
        host: `127.0.0.1:${provider.controlPort}`,
        origin: origin.replace('PORT', String(provider.controlPort)),
        'content-type': 'application/json',
      };
      const answer = await ask(
        '/clock/advance',
        headers,
        'POST',
        JSON.stringify({ hours: 25, account: accountOf(stripe) }),
      );
      expect(answer.status).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'foreign_origin' } });
      const again = await stripe.paymentIntents.create({ amount: 500, currency: 'eur' }, { idempotencyKey: 'k' });
      expect(again.id).toBe(first.id);
    },
  );

  test('nor does it take a fault away', async () => {
    const account = newAccount();
    const id = await provider.arm({ match: { account }, action: 'rst_after' });
    const headers = { host: `127.0.0.1:${provider.controlPort}`, origin: 'http://shop.example' };
    expect((await ask(`/faults/${id}`, headers, 'DELETE')).status).toBe(403);
    expect(await provider.faults(account)).toHaveLength(1);
  });

  test('a plain form, which needs no permission: 415', async () => {
    const headers = { host: `localhost:${provider.controlPort}`, 'content-type': 'text/plain' };
    expect((await ask('/clock/advance', headers, 'POST', '{"hours":25}')).status).toBe(415);
  });

  test.each(['127.0.0.1', 'localhost'])('its own page, as %s, is let in', async (name) => {
    const own = `${name}:${provider.controlPort}`;
    expect((await ask('/ledger', { host: own, origin: `http://${own}` })).status).toBe(200);
  });
});

test.each([
  ['/clock/advance', { hours: -1 }],
  ['/clock/advance', { ms: 1.5 }],
  ['/clock/advance', {}],
  ['/clock/advance', { ms: 1, hours: 1 }],
  ['/clock/advance', { ms: 1, account: '../x' }],
  ['/intents/pi_1/action', { result: 'maybe' }],
  ['/intents/pi_1/settle', {}],
])('POST %s %o: 400', async (path, body) => {
  const answer = await provider.control(path, body);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: { code: 'invalid_input' } });
});

test.each(['/ledger?colour=blue', '/journal?limit=0', '/journal?limit=many'])('GET %s: 400', async (path) => {
  expect((await provider.control(path)).status).toBe(400);
});

test('the journal tells what was done here, and what was refused', async () => {
  const stripe = provider.client();
  const { id } = await stripe.paymentIntents.create({
    ...{ amount: 500, currency: 'eur', payment_method: 'pm_usBankAccount_processing', confirm: true },
  });
  const settle = () => provider.control(`/intents/${id}/settle`, { result: 'succeed' });
  expect([(await settle()).status, (await settle()).status]).toEqual([200, 409]);
  expect((await provider.journal(accountOf(stripe))).slice(0, 2)).toMatchObject([
    { path: `control: ${id} settle succeed`, committed: 0, status: 409, sent: 'unexpected_state' },
    { path: `control: ${id} settle succeed`, committed: 1, status: 200, sent: 'answer' },
  ]);
});

test('what is not there is 404, with a code', async () => {
  for (const answer of [
    await provider.control('/none'),
    await provider.control('/intents/pi_none/action', { result: 'fail' }),
  ]) {
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({ error: { code: expect.any(String) } });
  }
  const broken = await fetch(`http://127.0.0.1:${provider.controlPort}/clock/advance`, { ...post({}), body: '{' });
  expect(await broken.json()).toMatchObject({ error: { code: 'invalid_json' } });
});

test('healthz answers, and says which process it is where that was given', async () => {
  expect(await (await provider.control('/healthz')).json()).toEqual({ status: 'ok' });
  const named = await startProvider({ ONCE_INSTANCE: 'the fourth' });
  expect((await named.control('/healthz')).headers.get('x-once-instance')).toBe('the fourth');
  await endProvider(named);
});
