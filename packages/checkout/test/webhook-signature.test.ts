import Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import { readEvent } from '../src/payments/webhook.ts';

describe('a signature', () => {
  const SECRETS = ['whsec_new', 'whsec_old'];
  const payload = JSON.stringify({
    id: 'evt_1',
    object: 'event',
    type: 'payment_intent.succeeded',
    data: { object: { id: 'pi_1' } },
  });
  const body = Buffer.from(payload);
  const signed = (secret: string, ageSeconds = 0) =>
    Stripe.webhooks.generateTestHeaderString({
      payload,
      secret,
      timestamp: Math.floor(Date.now() / 1000) - ageSeconds,
    });

  it.each(SECRETS)('with %s is good while the secret is being changed', (secret) => {
    expect(readEvent({ body, signature: signed(secret) }, SECRETS)).toEqual({
      ...{ id: 'evt_1', kind: 'payment_intent.succeeded', objectId: 'pi_1' },
    });
  });

  it.each([
    ['none', null],
    ['one of a secret that is not ours', signed('whsec_other')],
    ['one that is ten minutes old', signed('whsec_new', 600)],
    ['one that is no signature', 't=1,v1=00'],
  ])('is refused: %s', (_, signature) => {
    expect(() => readEvent({ body, signature }, SECRETS)).toThrow(
      expect.objectContaining({ code: 'PAYMENTS_WEBHOOK_REFUSED' }),
    );
  });

  it('is of the bytes: the same event in another spelling is refused', () => {
    const spaced = Buffer.from(JSON.stringify(JSON.parse(payload), null, 1));
    expect(() => readEvent({ body: spaced, signature: signed('whsec_new') }, SECRETS)).toThrow('signature');
  });
});
