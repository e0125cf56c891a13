// One payment through the official SDK while a fault strikes: what the SDK makes of it, what was really sent, what is charged,
// and what the same request hears afterwards.
import type Stripe from 'stripe';
import { expect } from 'vitest';
import { errorOf, eventually, newAccount, type RunningProvider } from './provider.ts';

// Long enough for an answer on a busy machine, short enough to wait for.
export const TIMEOUT_MS = 1_500;

export interface Case {
  readonly action: string | { readonly name: string; readonly [option: string]: unknown };
  readonly times?: number;
  readonly retries?: number;
  /** What the SDK gives: members of its error, or `resolves`. */
  readonly hears: object | 'resolves';
  /** What was sent, first request first. */
  readonly sent: string[];
  /** Kinds of the ledger's rows, once it is over. */
  readonly ledger: string[];
  /** The same request under the same key, afterwards. */
  readonly again: 'runs' | 'replays success' | 'replays 500' | 'replays 402';
}

export const lost = (code: string) => ({ type: 'StripeConnectionError', detail: { code } });
export const charged = ['charge'];
export const nothing: string[] = [];

export function armed(
  provider: RunningProvider,
  account: string,
  { action, times = 1 }: Pick<Case, 'action' | 'times'>,
  match = {},
): Promise<string> {
  return provider.arm({ match: { account, ...match }, action, times });
}

export function pay(stripe: Stripe): Promise<Stripe.Response<Stripe.PaymentIntent>> {
  return stripe.paymentIntents.create(
    {
      amount: 4200,
      currency: 'eur',
      payment_method: 'pm_card_visa',
      confirm: true,
      return_url: 'http://shop.example/',
    },
    { idempotencyKey: 'k' },
  );
}

export async function expectPlay(provider: RunningProvider, row: Case): Promise<void> {
  const account = newAccount();
  const stripe = provider.client(account, { timeout: TIMEOUT_MS, maxNetworkRetries: row.retries ?? 0 });
  await armed(provider, account, row);

  if (row.hears === 'resolves') await pay(stripe);
  else expect(await errorOf(pay(stripe))).toMatchObject(row.hears);
  // A client that has given up does not know yet what it did; the provider may still be at it.
  const journal = await eventually(async () => {
    const rows = await provider.journal(account);
    return rows.length === row.sent.length && rows.every(({ sent }) => sent !== null) ? rows : undefined;
  });
  expect(journal.map(({ sent }) => sent?.replace(' (the client was gone)', '')).toReversed()).toEqual(row.sent);
  expect((await provider.ledger(account)).map(({ kind }) => kind)).toEqual(row.ledger);
  const [fault] = await provider.faults(account);
  expect(fault).toMatchObject({ hits: row.times ?? 1 });

  const patient = provider.client(account);
  const again = await pay(patient).then(
    (intent) => (intent.lastResponse.headers['idempotent-replayed'] ? 'replays success' : 'runs'),
    (error: Stripe.errors.StripeError) =>
      `${error.headers?.['idempotent-replayed'] ? 'replays' : 'hears'} ${error.statusCode}`,
  );
  expect(again).toBe(row.again);
  const after = row.again === 'runs' ? [...row.ledger, 'charge'] : row.ledger;
  expect((await provider.ledger(account)).map(({ kind }) => kind)).toEqual(after);
}

const name = ({ action, times = 1, retries = 0 }: Case) =>
  `${JSON.stringify(action)} × ${times}, ${retries} retries of the SDK`;
export const named = (rows: Case[]) => rows.map((row) => [name(row), row] as const);
