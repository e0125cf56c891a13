import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountOf, endProvider, errorOf, type RunningProvider, startProvider } from './provider.ts';

let provider: RunningProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => endProvider(provider));

const HOUR_S = 3_600;

test('a token shows the card behind it, and lives for twelve hours', async () => {
  const stripe = provider.client();
  const { id } = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_mastercard' });
  const token = await stripe.confirmationTokens.retrieve(id);
  expect(token).toMatchObject({
    object: 'confirmation_token',
    livemode: false,
    payment_intent: null,
    payment_method_preview: { type: 'card', card: { brand: 'mastercard', last4: '4444' } },
  });
  expect((token.expires_at ?? 0) - token.created).toBe(12 * HOUR_S);
});

test('a token pays once: another confirm with it is refused, for the same intent and for any other', async () => {
  const stripe = provider.client();
  const create = () => stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const [intent, other] = [await create(), await create()];
  const { id } = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_chargeDeclined' });
  expect((await errorOf(stripe.paymentIntents.confirm(intent.id, { confirmation_token: id }))).statusCode).toBe(402);
  expect((await stripe.confirmationTokens.retrieve(id)).payment_intent).toBe(intent.id);
  for (const each of [intent, other]) {
    const error = await errorOf(stripe.paymentIntents.confirm(each.id, { confirmation_token: id }));
    expect(error).toMatchObject({
      statusCode: 400,
      rawType: 'invalid_request_error',
      code: 'token_already_used',
      param: 'confirmation_token',
    });
  }
  expect(await provider.ledger(accountOf(stripe))).toMatchObject([{ kind: 'decline' }]);
});

test('two intents that use one token in the same instant: one of them gets it', async () => {
  const stripe = provider.client();
  const create = () => stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const intents = await Promise.all([create(), create(), create()]);
  const { id } = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_visa' });
  const confirms = intents.map((intent) => stripe.paymentIntents.confirm(intent.id, { confirmation_token: id }));
  const settled = await Promise.allSettled(confirms);
  expect(settled.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
  expect(await provider.ledger(accountOf(stripe))).toHaveLength(1);
});

test('an expired token is refused, and nothing is charged', async () => {
  const stripe = provider.client();
  const account = accountOf(stripe);
  const intent = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const { id } = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_visa' });
  await provider.control('/clock/advance', { hours: 12.01, account });
  const error = await errorOf(stripe.paymentIntents.confirm(intent.id, { confirmation_token: id }));
  expect(error).toMatchObject({ statusCode: 400, rawType: 'invalid_request_error', code: 'token_expired' });
  expect(await provider.ledger(account)).toEqual([]);
  const fresh = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_visa' });
  expect((await stripe.paymentIntents.confirm(intent.id, { confirmation_token: fresh.id })).status).toBe('succeeded');
});

test('a process that slept past the life of its key cannot charge a declined attempt after all', async () => {
  const stripe = provider.client();
  const account = accountOf(stripe);
  const intent = await stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const { id } = await stripe.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_chargeDeclined' });
  const confirm = () =>
    stripe.paymentIntents.confirm(intent.id, { confirmation_token: id }, { idempotencyKey: 'attempt 0' });
  expect((await errorOf(confirm())).statusCode).toBe(402);
  await provider.control('/clock/advance', { hours: 24.01, account });
  expect((await errorOf(confirm())).code).toBe('token_already_used');
  expect(await provider.ledger(account)).toMatchObject([{ kind: 'decline' }]);
});

test("a token of another account's does not exist", async () => {
  const [mine, theirs] = [provider.client(), provider.client()];
  const { id } = await theirs.testHelpers.confirmationTokens.create({ payment_method: 'pm_card_visa' });
  const intent = await mine.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const error = await errorOf(mine.paymentIntents.confirm(intent.id, { confirmation_token: id }));
  expect(error).toMatchObject({ statusCode: 400, code: 'resource_missing' });
  expect((await errorOf(mine.confirmationTokens.retrieve(id))).statusCode).toBe(404);
});

test('a card number is refused, and is not written down anywhere', async () => {
  const stripe = provider.client();
  const error = await errorOf(
    stripe.testHelpers.confirmationTokens.create({
      payment_method: 'pm_card_visa',
      payment_method_data: { type: 'card', card: { number: '4000056655665556', cvc: '998' } } as never,
    }),
  );
  expect(error).toMatchObject({ statusCode: 400, code: 'parameter_not_modelled' });
  const journal = await (await provider.control(`/journal?account=${accountOf(stripe)}`)).text();
  expect(journal).toContain('[hidden]');
  expect(journal).not.toContain('4000056655665556');
  expect(journal).not.toContain('998"');
});

test('a payment method that paid for one intent cannot pay for another', async () => {
  const stripe = provider.client();
  const create = () => stripe.paymentIntents.create({ amount: 4200, currency: 'eur' });
  const [intent, other] = [await create(), await create()];
  const paid = await stripe.paymentIntents.confirm(intent.id, { payment_method: 'pm_card_visa' });
  const method = paid.payment_method as string;
  expect((await stripe.paymentMethods.retrieve(method)).card?.last4).toBe('4242');
  const error = await errorOf(stripe.paymentIntents.confirm(other.id, { payment_method: method }));
  expect(error).toMatchObject({ statusCode: 400, code: 'payment_method_already_used' });
});
