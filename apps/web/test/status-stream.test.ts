import type { Status } from '@once/checkout';
import { deserialize } from 'superjson';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { shopperOf } from '#server/shopper.ts';
import { STREAM_LIMITS, type StreamLimits, statusStream } from '#server/status-stream.ts';
import { createStorefront, type Storefront } from '#server/storefront.ts';
import { Guest, type OpenShop, openShop } from './open-shop.ts';

const QUICK: StreamLimits = { open: 10, lifeMs: 20_000, lookMs: [5, 20], beatMs: 50 };

let shop: OpenShop & { close(): Promise<void> };
/** Another web process of the same shop: nothing in memory is shared with the first. */
let other: Storefront;
beforeAll(async () => {
  shop = await openShop();
  other = createStorefront(shop.storefront.env);
});
afterAll(async () => {
  await other.shop.db.$client.end({ timeout: 5 });
  await shop.close();
});

/** The events of a stream, as a browser would read them. */
async function* read(response: Response): AsyncGenerator<{ readonly beat?: true; readonly status?: Status }> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [event, data] = [/^event: (.*)$/m, /^data: (.*)$/m].map((line) => line.exec(text.slice(0, end))?.[1]);
      text = text.slice(end + 2);
      if (event === 'beat') yield { beat: true };
      else if (data) yield { status: deserialize<Status>(JSON.parse(data)) };
    }
  }
}

const open =
  (status: Partial<Status> = {}) =>
  async () =>
    ({ answer: 'open', ...status }) as Status;
const never = new AbortController().signal;

describe('the events of a checkout', () => {
  test('tell what another process has stored, and end with the receipt', async () => {
    const guest = new Guest(shop);
    const checkoutId = await guest.isReadyToPay('lee-shore');
    const shopper = await shopperOf(new Headers({ cookie: guest.cookie ?? '' }), other);
    const ask = () => other.caller(shopper).checkout.status({ checkoutId });
    const told: string[] = [];
    for await (const { status } of read(statusStream(ask, never, QUICK))) {
      if (!status) continue;
      told.push(status.answer);
      expect(status.holdUntil, 'a date arrives as one').toSatisfy((at) => at === null || at instanceof Date);
      if (told.length > 1) continue;
      const { token } = await guest.api.checkout.testToken.mutate({ checkoutId, card: 'pays' });
      const { totalMinor } = status;
      const input = { checkoutId, confirmationToken: token, expectedTotalMinor: totalMinor };
      void guest.api.checkout.pay.mutate({ ...input, idempotencyKey: `${checkoutId}.0` });
    }
    expect(told.at(0)).toBe('open');
    expect(told.at(-1)).toBe('paid');
    expect(told.filter((answer) => answer === 'paid')).toHaveLength(1);
  });

  test('go on after a look that failed', async () => {
    let looks = 0;
    const ask = async () => {
      looks += 1;
      if (looks % 2 === 1) throw new Error('the database is away');
      return { answer: looks < 4 ? 'processing' : 'paid' } as Status;
    };
    const told: unknown[] = [];
    for await (const { status } of read(statusStream(ask, never, QUICK))) if (status) told.push(status.answer);
    expect(told).toEqual(['processing', 'paid']);
  });

  test('beat where nothing changes, so that the page knows they come through', async () => {
    for await (const { beat } of read(statusStream(open(), never, QUICK))) if (beat) return;
    expect.fail('no beat');
  });

  test('end after a while, and when the process or the browser goes', async () => {
    const going = new AbortController();
    const ended = async (response: Response) => {
      for await (const _ of read(response)) going.abort();
    };
    await ended(statusStream(open(), never, { ...QUICK, lifeMs: 30 }));
    await ended(statusStream(open(), going.signal, QUICK));
    expect(STREAM_LIMITS.lifeMs, 'no load balancer has to cut it').toBeLessThanOrEqual(60_000);
  });

  test('are refused beyond the limit, and come again once one has left', async () => {
    const limits = { ...QUICK, open: 2 };
    const streams = [statusStream(open(), never, limits), statusStream(open(), never, limits)];
    const readers = streams.flatMap(({ body }) => body?.getReader() ?? []);
    await Promise.all(readers.map((reader) => reader.read()));
    const refused = statusStream(open(), never, limits);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    await Promise.all(readers.map((reader) => reader.cancel()));
    await expect.poll(() => statusStream(open(), never, { ...limits, lifeMs: 1 }).status).toBe(200);
  });
});
