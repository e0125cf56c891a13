import { keyOf } from '@once/checkout';
import { schema } from '@once/db';
import { and, eq } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type MakeToken, testTokens } from '#checkout/card-form.ts';
import { kept } from '#checkout/kept-attempt.ts';
import { type Press, type Pressed, pressPay, sendAttempt } from '#checkout/press-pay.ts';
import type { TestCardId } from '#checkout/test-cards.ts';
import { CONTACT, Guest, type OpenShop, openShop } from './open-shop.ts';

// The storefront's own code of a press, against the real API, database and provider; only the browser is missing.

let shop: OpenShop & { close(): Promise<void> };
beforeAll(async () => {
  shop = await openShop();
});
afterAll(() => shop.close());

/** A tab: what it knows of the checkout stays as it was until it is told. */
class Tab {
  readonly guest: Guest;
  readonly checkoutId: string;
  refusals = 0;
  frozen = false;
  expectedTotalMinor: number;

  private constructor(guest: Guest, checkoutId: string, expectedTotalMinor: number) {
    this.guest = guest;
    this.checkoutId = checkoutId;
    this.expectedTotalMinor = expectedTotalMinor;
  }

  static async open(guest: Guest, checkoutId: string): Promise<Tab> {
    const { totals } = await guest.api.checkout.get.query({ checkoutId });
    return new Tab(guest, checkoutId, totals.totalMinor);
  }

  async press(card: TestCardId = 'pays', with_: Partial<Press> = {}): Promise<Pressed> {
    const { checkoutId, refusals, frozen, expectedTotalMinor } = this;
    const form = { contact: CONTACT, shippingMethod: 'tracked', card } as const;
    return await pressPay(
      this.guest.api,
      {
        ...{ checkoutId, refusals, frozen, expectedTotalMinor, form },
        makeToken: testTokens(checkoutId, this.guest.api),
        ...with_,
      },
      () => {},
    );
  }
}

async function atCheckout(): Promise<Tab> {
  const guest = new Guest(shop);
  return await Tab.open(guest, await guest.isReadyToPay('interference'));
}

class ConnectionLost extends Error {
  readonly code = 'ECONNRESET';
}

/** Loses the answer after the shop has given it. */
function lose(guest: Guest, procedure: string, times = 1): void {
  let left = times;
  guest.onAnswer = (url) => {
    if (left > 0 && url.includes(procedure)) {
      left -= 1;
      throw new ConnectionLost('the answer was lost');
    }
  };
}

async function attemptsOf(orderId: string) {
  const { paymentAttempt } = schema;
  return await shop.storefront.shop.db
    .select({ attempt: paymentAttempt.attempt, state: paymentAttempt.state, last4: paymentAttempt.last4 })
    .from(paymentAttempt)
    .where(eq(paymentAttempt.orderId, orderId))
    .orderBy(paymentAttempt.attempt);
}

async function chargesOf(orderId: string): Promise<number> {
  const { ledgerPosting } = schema;
  return await shop.storefront.shop.db.$count(
    ledgerPosting,
    and(eq(ledgerPosting.orderId, orderId), eq(ledgerPosting.kind, 'charge')),
  );
}

test('key, token and total are kept before they are sent, and forgotten with a final answer', async () => {
  const tab = await atCheckout();
  const seen: unknown[] = [];
  tab.guest.onAnswer = (url) => {
    if (url.includes('checkout.pay')) seen.push(kept(tab.checkoutId));
  };
  const pressed = await tab.press();
  expect(pressed).toMatchObject({ kind: 'answered', status: { answer: 'paid', how: 'succeeded' } });
  expect(seen).toMatchObject([
    {
      idempotencyKey: keyOf(tab.checkoutId, 0),
      confirmationToken: expect.stringMatching(/^ctoken_/),
      expectedTotalMinor: tab.expectedTotalMinor,
    },
  ]);
  expect(kept(tab.checkoutId)).toBeUndefined();
});

test('a press says which trace it begins, the same when it is repeated, and nothing else that is sent does', async () => {
  const tab = await atCheckout();
  lose(tab.guest, 'checkout.pay');
  const sent: [string, string | null, string | null][] = [];
  tab.guest.onSend = (url, headers) => {
    const named = headers.get('traceparent');
    if (named || url.includes('checkout.pay')) sent.push([url, named, headers.get('tracestate')]);
  };
  await tab.press();
  expect(await tab.press()).toMatchObject({ status: { answer: 'paid' } });
  const traceId = tab.checkoutId.replaceAll('-', '');
  const press = [
    expect.stringContaining('/checkout.pay'),
    `00-${traceId}-${traceId.slice(16)}-01`,
    expect.stringMatching(/^once=\d{1,6}$/),
  ];
  expect(sent.length).toBeGreaterThan(0);
  expect(sent).toEqual(sent.map(() => press));
});

test('a press whose answer was lost is repeated as it was kept, and answered as it was the first time', async () => {
  const tab = await atCheckout();
  lose(tab.guest, 'checkout.pay');
  const lost = await tab.press();
  expect(lost.kind).toBe('lost');
  if (lost.kind !== 'lost') return;
  expect(lost.attempt).toEqual(kept(tab.checkoutId));

  const again = await sendAttempt(tab.guest.api, lost.attempt, () => {});
  expect(again).toMatchObject({ kind: 'answered', status: { answer: 'paid', how: 'already_paid' } });
  expect(await attemptsOf(tab.checkoutId)).toHaveLength(1);
  expect(await chargesOf(tab.checkoutId)).toBe(1);
});

test('pressed anew after a lost answer, the page asks first, and sends nothing', async () => {
  const tab = await atCheckout();
  lose(tab.guest, 'checkout.pay');
  await tab.press();
  const sent: string[] = [];
  tab.guest.onAnswer = (url) => sent.push(url);
  expect(await tab.press('declined')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(sent).toHaveLength(1);
  expect(sent[0]).toContain('checkout.status');
});

test('a press that never reached the shop is sent again as it was kept, unless another card was chosen', async () => {
  const tab = await atCheckout();
  tab.guest.onSend = (url) => {
    if (url.includes('checkout.pay')) throw new ConnectionLost('offline');
  };
  const first = await tab.press('declined');
  const second = await tab.press('declined');
  expect([first, second]).toMatchObject([{ kind: 'lost' }, { kind: 'lost' }]);
  expect(second.kind === 'lost' && second.attempt).toEqual(first.kind === 'lost' && first.attempt);
  expect(await attemptsOf(tab.checkoutId)).toEqual([]);

  // Nothing is recorded under the key, so another card may use it.
  tab.guest.onSend = () => {};
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(await attemptsOf(tab.checkoutId)).toEqual([{ attempt: 0, state: 'paid', last4: '4242' }]);
});

test('a declined card, then another one: the second has the next number', async () => {
  const tab = await atCheckout();
  expect(await tab.press('declined')).toMatchObject({
    kind: 'answered',
    status: { answer: 'declined', reason: 'card_declined', last4: '0002', refusals: 1 },
  });
  tab.refusals = 1;
  tab.frozen = true;
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(await attemptsOf(tab.checkoutId)).toEqual([
    { attempt: 0, state: 'declined', last4: '0002' },
    { attempt: 1, state: 'paid', last4: '4242' },
  ]);
});

test('after a decline, a press whose answer was lost is not taken for declined again', async () => {
  const tab = await atCheckout();
  await tab.press('declined');
  tab.refusals = 1;
  tab.frozen = true;
  tab.guest.onSend = (url) => {
    if (url.includes('checkout.pay')) throw new ConnectionLost('offline');
  };
  expect(await tab.press('pays')).toMatchObject({ kind: 'lost' });
  tab.guest.onSend = () => {};
  // The status still says that the first card was declined; that is no answer to the second.
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
});

test('a page that has heard of a decline, but not that the order exists since, presses with its own number all the same', async () => {
  const tab = await atCheckout();
  await tab.press('declined');
  tab.refusals = 1;
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(await chargesOf(tab.checkoutId)).toBe(1);
});

test('a stale tab whose number was used learns of the other card, and its own is not used', async () => {
  const tab = await atCheckout();
  const stale = await Tab.open(tab.guest, tab.checkoutId);
  await tab.press('insufficient_funds');
  for (const frozen of [false, true]) {
    stale.frozen = frozen;
    expect(await stale.press('pays')).toMatchObject({
      kind: 'elsewhere',
      status: { answer: 'declined', reason: 'insufficient_funds', last4: '9995', refusals: 1 },
    });
  }
  expect(await attemptsOf(tab.checkoutId)).toHaveLength(1);
  expect(kept(tab.checkoutId), 'what was not used is not sent later').toBeUndefined();
});

test('a tab that has not heard that the other has paid learns it, and its card is not used', async () => {
  const tab = await atCheckout();
  const other = await Tab.open(tab.guest, tab.checkoutId);
  await tab.press('pays');
  expect(await other.press('declined')).toMatchObject({ kind: 'elsewhere', status: { answer: 'paid' } });
  expect(await attemptsOf(tab.checkoutId)).toEqual([{ attempt: 0, state: 'paid', last4: '4242' }]);
});

test('two tabs that press in the same instant pay once, and both learn it', async () => {
  const tab = await atCheckout();
  const other = await Tab.open(tab.guest, tab.checkoutId);
  const pressed = await Promise.all([tab.press(), other.press()]);
  expect(pressed.map(({ kind }) => kind)).toContain('answered');
  for (const one of pressed) expect(['answered', 'elsewhere']).toContain(one.kind);
  expect(await chargesOf(tab.checkoutId)).toBe(1);
  expect(await attemptsOf(tab.checkoutId)).toMatchObject([{ attempt: 0, state: 'paid' }]);
});

test('a number that the checkout has not reached stores nothing and tells the page that it is out of date', async () => {
  const tab = await atCheckout();
  tab.refusals = 7;
  expect(await tab.press()).toMatchObject({ kind: 'moved' });
  expect(await attemptsOf(tab.checkoutId)).toEqual([]);
});

test('what the shop will not take as contact is named field by field, and nothing is sent', async () => {
  const tab = await atCheckout();
  const form = {
    contact: { ...CONTACT, email: 'mira@-', city: 'x'.repeat(200) },
    shippingMethod: 'tracked',
    card: 'pays',
  } as const;
  const pressed = await tab.press('pays', { form });
  expect(pressed).toMatchObject({ kind: 'invalid', faults: [{ field: 'email' }, { field: 'city' }] });
  expect(await attemptsOf(tab.checkoutId)).toEqual([]);
});

test('a shop that cannot be reached before Pay leaves was sent nothing', async () => {
  const tab = await atCheckout();
  lose(tab.guest, 'checkout.testToken');
  expect(await tab.press()).toEqual({ kind: 'not_sent' });
  expect(kept(tab.checkoutId)).toBeUndefined();
  expect(await attemptsOf(tab.checkoutId)).toEqual([]);
});

/** The provider's own form: the page cannot see which card is in it, and every token is a new one. */
function ownForm(instrument = 'pm_card_visa') {
  const made: string[] = [];
  const makeToken: MakeToken = async () => {
    const { token } = await shop.storefront.shop.payments.testToken(instrument);
    made.push(token);
    return token;
  };
  const form = { contact: CONTACT, shippingMethod: 'tracked', card: null } as const;
  return { made, with_: { form, makeToken } };
}

const REFUSES: MakeToken = async () => undefined;

test('a card form that wants a correction keeps the press from sending anything', async () => {
  const tab = await atCheckout();
  const sent: string[] = [];
  tab.guest.onSend = (url) => sent.push(url);
  expect(await tab.press('pays', { makeToken: REFUSES })).toEqual({ kind: 'incomplete' });
  expect(sent).toEqual([]);
  expect(kept(tab.checkoutId)).toBeUndefined();
});

test('a token is made once for each press, also by a page that has not heard that the order exists', async () => {
  const tab = await atCheckout();
  await tab.press('declined');
  tab.refusals = 1;
  const { made, with_ } = ownForm();
  expect(await tab.press('pays', with_)).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(made).toHaveLength(1);
});

test('where the card cannot be seen, only asking again sends what was kept', async () => {
  const tab = await atCheckout();
  const { made, with_ } = ownForm();
  tab.guest.onSend = (url) => {
    if (url.includes('checkout.pay')) throw new ConnectionLost('offline');
  };
  const first = await tab.press('pays', with_);
  const second = await tab.press('pays', with_);
  expect([first, second]).toMatchObject([
    { kind: 'lost', attempt: { confirmationToken: made[0] } },
    { kind: 'lost', attempt: { confirmationToken: made[1] } },
  ]);
  tab.guest.onSend = () => {};
  const attempt = kept(tab.checkoutId);
  expect(attempt).toMatchObject({ confirmationToken: made[1], card: null });
  if (!attempt) return;
  expect(await sendAttempt(tab.guest.api, attempt, () => {})).toMatchObject({ status: { answer: 'paid' } });
  expect(made).toHaveLength(2);
  expect(await chargesOf(tab.checkoutId)).toBe(1);
});

test('a press that arrives late keeps the one after it from being used: one of them pays, and the page learns which', async () => {
  const tab = await atCheckout();
  tab.guest.onSend = (url) => {
    if (url.includes('checkout.pay')) throw new ConnectionLost('offline');
  };
  const late = await tab.press('pays', ownForm('pm_card_visa').with_);
  expect(late.kind).toBe('lost');
  if (late.kind !== 'lost') return;
  const another = ownForm('pm_card_mastercard');
  tab.guest.onSend = () => {};
  // It arrives between the question and the second press.
  const makeToken: MakeToken = async (form) => {
    const token = await another.with_.makeToken(form);
    await sendAttempt(tab.guest.api, late.attempt, () => {});
    return token;
  };
  tab.frozen = true;
  expect(await tab.press('pays', { ...another.with_, makeToken })).toMatchObject({
    kind: 'elsewhere',
    status: { answer: 'paid' },
  });
  expect(await attemptsOf(tab.checkoutId)).toEqual([{ attempt: 0, state: 'paid', last4: '4242' }]);
  expect(await chargesOf(tab.checkoutId)).toBe(1);
  expect(kept(tab.checkoutId)).toBeUndefined();
});

test('what was sent and not heard of is never denied because the next press could not be sent', async () => {
  const tab = await atCheckout();
  tab.guest.onSend = (url) => {
    if (url.includes('checkout.pay')) throw new ConnectionLost('offline');
  };
  const { with_ } = ownForm();
  const lost = await tab.press('pays', with_);
  expect(await tab.press('pays', { ...with_, makeToken: REFUSES })).toEqual(lost);
  const unreachable: MakeToken = async () => {
    throw new ConnectionLost('offline');
  };
  expect(await tab.press('pays', { ...with_, makeToken: unreachable })).toEqual(lost);
});
