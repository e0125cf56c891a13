import { expect, test } from 'vitest';
import type { MakeToken } from '#checkout/card-form.ts';
import { kept } from '#checkout/kept-attempt.ts';
import { sendAttempt } from '#checkout/press-pay.ts';
import { ConnectionLost, goesOffline, isOnlineAgain, lose, REFUSES, tillOfFile } from './till.ts';

// A press whose answer never came, and the one after it: what was sent is never denied, and never sent as something else.

const till = await tillOfFile();

test('a press whose answer was lost is repeated as it was kept, and answered as it was the first time', async () => {
  const tab = await till.atCheckout();
  lose(tab.guest, 'checkout.pay');
  const lost = await tab.press();
  expect(lost.kind).toBe('lost');
  if (lost.kind !== 'lost') return;
  expect(lost.attempt).toEqual(kept(tab.checkoutId));

  const again = await sendAttempt(tab.guest.api, lost.attempt, () => {});
  expect(again).toMatchObject({ kind: 'answered', status: { answer: 'paid', how: 'already_paid' } });
  expect(await till.attemptsOf(tab.checkoutId)).toHaveLength(1);
  expect(await till.chargesOf(tab.checkoutId)).toBe(1);
});

test('pressed anew after a lost answer, the page asks first, and sends nothing', async () => {
  const tab = await till.atCheckout();
  lose(tab.guest, 'checkout.pay');
  await tab.press();
  const sent: string[] = [];
  tab.guest.onAnswer = (url) => sent.push(url);
  expect(await tab.press('declined')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(sent).toHaveLength(1);
  expect(sent[0]).toContain('checkout.status');
});

test('a press that never reached the shop is sent again as it was kept, unless another card was chosen', async () => {
  const tab = await till.atCheckout();
  goesOffline(tab.guest);
  const first = await tab.press('declined');
  const second = await tab.press('declined');
  expect([first, second]).toMatchObject([{ kind: 'lost' }, { kind: 'lost' }]);
  expect(second.kind === 'lost' && second.attempt).toEqual(first.kind === 'lost' && first.attempt);
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([]);

  // Nothing is recorded under the key, so another card may use it.
  isOnlineAgain(tab.guest);
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([{ attempt: 0, state: 'paid', last4: '4242' }]);
});

test('after a decline, a press whose answer was lost is not taken for declined again', async () => {
  const tab = await till.atCheckout();
  await tab.press('declined');
  tab.refusals = 1;
  tab.frozen = true;
  goesOffline(tab.guest);
  expect(await tab.press('pays')).toMatchObject({ kind: 'lost' });
  isOnlineAgain(tab.guest);
  // The status still says that the first card was declined; that is no answer to the second.
  expect(await tab.press('pays')).toMatchObject({ kind: 'answered', status: { answer: 'paid' } });
});

test('where the card cannot be seen, only asking again sends what was kept', async () => {
  const tab = await till.atCheckout();
  const { made, with_ } = till.ownForm();
  goesOffline(tab.guest);
  const first = await tab.press('pays', with_);
  const second = await tab.press('pays', with_);
  expect([first, second]).toMatchObject([
    { kind: 'lost', attempt: { confirmationToken: made[0] } },
    { kind: 'lost', attempt: { confirmationToken: made[1] } },
  ]);
  isOnlineAgain(tab.guest);
  const attempt = kept(tab.checkoutId);
  expect(attempt).toMatchObject({ confirmationToken: made[1], card: null });
  if (!attempt) return;
  expect(await sendAttempt(tab.guest.api, attempt, () => {})).toMatchObject({ status: { answer: 'paid' } });
  expect(made).toHaveLength(2);
  expect(await till.chargesOf(tab.checkoutId)).toBe(1);
});

test('a press that arrives late keeps the one after it from being used: one of them pays, and the page learns which', async () => {
  const tab = await till.atCheckout();
  goesOffline(tab.guest);
  const late = await tab.press('pays', till.ownForm('pm_card_visa').with_);
  expect(late.kind).toBe('lost');
  if (late.kind !== 'lost') return;
  const another = till.ownForm('pm_card_mastercard');
  isOnlineAgain(tab.guest);
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
  expect(await till.attemptsOf(tab.checkoutId)).toEqual([{ attempt: 0, state: 'paid', last4: '4242' }]);
  expect(await till.chargesOf(tab.checkoutId)).toBe(1);
  expect(kept(tab.checkoutId)).toBeUndefined();
});

test('what was sent and not heard of is never denied because the next press could not be sent', async () => {
  const tab = await till.atCheckout();
  goesOffline(tab.guest);
  const { with_ } = till.ownForm();
  const lost = await tab.press('pays', with_);
  expect(await tab.press('pays', { ...with_, makeToken: REFUSES })).toEqual(lost);
  const unreachable: MakeToken = async () => {
    throw new ConnectionLost('offline');
  };
  expect(await tab.press('pays', { ...with_, makeToken: unreachable })).toEqual(lost);
});
