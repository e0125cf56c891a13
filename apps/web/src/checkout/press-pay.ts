import type { Status } from '@once/checkout';
import { pressOf, traceparentOf } from '@once/checkout/attempt-trace';
import { keyOf } from '@once/checkout/key';
import { type api as browserApi, isRefused, refusalOf } from '#trpc/client.ts';
import type { MakeToken } from './card-form.ts';
import { type CheckoutForm, type Fault, FIELDS } from './form.ts';
import { type Attempt, forget, keep, kept, numberOf } from './kept-attempt.ts';
import { verdictOf } from './verdict.ts';

type Api = Pick<typeof browserApi, 'checkout'>;

/** What the page knew when Pay was pressed. */
export interface Press {
  readonly checkoutId: string;
  readonly refusals: number;
  /** The order exists: contact and shipping are fixed. */
  readonly frozen: boolean;
  /** The total on the button. */
  readonly expectedTotalMinor: number;
  readonly form: CheckoutForm;
  readonly makeToken: MakeToken;
}

export type Pressed =
  | { readonly kind: 'answered'; readonly status: Status }
  /** Another attempt has our number: another tab was faster. Nothing was sent to the bank for this press. */
  | { readonly kind: 'elsewhere'; readonly status: Status }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  /** The card form wants something corrected, and says so itself. Nothing was sent. */
  | { readonly kind: 'incomplete' }
  /** The shop could not be reached, and Pay had not been sent. */
  | { readonly kind: 'not_sent' }
  /** The checkout is not what the page thought. Nothing was sent. */
  | { readonly kind: 'moved' }
  /** Pay was sent, and no answer came: it may have arrived. */
  | { readonly kind: 'lost'; readonly attempt: Attempt };

/** No bank takes longer; what has not answered by then is asked about instead. */
const ANSWER_MS = 90_000;

/**
 * One press of Pay: make a token of the card, store the form, keep token, key and total together, then send them. A press
 * whose answer was lost is repeated with exactly what was kept, where it is known to mean the same card.
 *
 * @param onSend called right before the attempt leaves
 */
export async function pressPay(api: Api, press: Press, onSend: (attempt: Attempt) => void): Promise<Pressed> {
  const { checkoutId, refusals, expectedTotalMinor, form } = press;
  const pressedAtMs = performance.now();
  const idempotencyKey = keyOf(checkoutId, refusals);
  const last = kept(checkoutId);
  const earlier = last?.idempotencyKey === idempotencyKey ? last : undefined;
  if (earlier) {
    const repeated = await repeat(api, earlier, press, (attempt) => sendAttempt(api, attempt, onSend, pressedAtMs));
    if (repeated) return repeated;
  }
  const prepared = await prepare(api, press);
  if (typeof prepared !== 'string') {
    // What was sent before is still unheard of: "nothing was sent" would deny it.
    const denies = prepared.kind === 'incomplete' || prepared.kind === 'not_sent';
    return earlier && denies ? { kind: 'lost', attempt: earlier } : prepared;
  }
  const attempt = { checkoutId, idempotencyKey, confirmationToken: prepared, expectedTotalMinor, card: form.card };
  keep(attempt);
  return await sendAttempt(api, attempt, onSend, pressedAtMs);
}

/** Sends what was kept. Sent again, it is the same attempt: the shop answers it as it answered the first time. */
export async function sendAttempt(
  api: Api,
  attempt: Attempt,
  onSend: (attempt: Attempt) => void,
  pressedAtMs = performance.now(),
): Promise<Pressed> {
  const { checkoutId, idempotencyKey, confirmationToken, expectedTotalMinor } = attempt;
  onSend(attempt);
  try {
    const status = await api.checkout.pay.mutate(
      { checkoutId, idempotencyKey, confirmationToken, expectedTotalMinor },
      { signal: AbortSignal.timeout(ANSWER_MS), context: { headers: traceHeaders(attempt, pressedAtMs) } },
    );
    return heard(status, attempt);
  } catch (error) {
    if (!isRefused(error)) return { kind: 'lost', attempt };
    forget(checkoutId);
    return refusalOf(error)?.errorCode === 'KEY_REUSED' ? await askElsewhere(api, checkoutId) : { kind: 'moved' };
  }
}

/** @returns undefined: the shop has not heard of the earlier one, and this press means another card or total */
async function repeat(
  api: Api,
  earlier: Attempt,
  press: Press,
  send: (attempt: Attempt) => Promise<Pressed>,
): Promise<Pressed | undefined> {
  let status: Status;
  try {
    status = await api.checkout.status.query({ checkoutId: press.checkoutId });
  } catch {
    return { kind: 'lost', attempt: earlier };
  }
  if (verdictOf(status, numberOf(earlier)) !== 'unheard') return heard(status, earlier);
  const sameCard = earlier.card !== null && earlier.card === press.form.card;
  const same = sameCard && earlier.expectedTotalMinor === press.expectedTotalMinor;
  return same ? await send(earlier) : undefined;
}

/** The press is the first span of its attempt's trace. A page's clock may be wrong, so it says how long ago that was. */
const traceHeaders = (attempt: Attempt, pressedAtMs: number) => ({
  traceparent: traceparentOf(pressOf({ orderId: attempt.checkoutId, attempt: numberOf(attempt) })),
  tracestate: `once=${Math.round(performance.now() - pressedAtMs)}`,
});

/** @returns the confirmation token; or what became of the press without one */
async function prepare(api: Api, press: Press): Promise<string | Pressed> {
  try {
    // First of all: a wallet opens its window only while the press is fresh.
    const token = await press.makeToken(press.form);
    if (token === undefined) return { kind: 'incomplete' };
    return (press.frozen ? undefined : await storeForm(api, press)) ?? token;
  } catch (error) {
    return { kind: isRefused(error) ? 'moved' : 'not_sent' };
  }
}

/** @returns undefined: contact and shipping are stored, or fixed already by an order that this press may pay */
async function storeForm(api: Api, { checkoutId, refusals, form }: Press): Promise<Pressed | undefined> {
  const { contact, shippingMethod } = form;
  try {
    await api.checkout.update.mutate({ checkoutId, contact, shippingMethod });
    return undefined;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal?.errorCode === 'INPUT_INVALID') return { kind: 'invalid', faults: faultsOf(refusal.issues ?? []) };
    if (refusal?.errorCode !== 'PAYMENT_OPEN' && refusal?.errorCode !== 'CHECKOUT_ENDED') throw error;
    const asked = await askElsewhere(api, checkoutId);
    // It ended without an order: its hold ran out, and nobody pays for it.
    if (asked.kind !== 'elsewhere' || !asked.status.hasOrder) return { kind: 'moved' };
    // The order exists, which the page had not heard; but the number may still be ours, with nothing under way.
    const ours = refusal.errorCode === 'PAYMENT_OPEN' && asked.status.refusals === refusals;
    return ours && verdictOf(asked.status) !== 'wait' ? undefined : asked;
  }
}

function heard(status: Status, attempt: Attempt): Pressed {
  const number = numberOf(attempt);
  const verdict = verdictOf(status, number);
  if (verdict === 'unheard' || verdict === 'idle') return { kind: 'moved' };
  if (verdict === 'refused' || verdict === 'leave') forget(attempt.checkoutId);
  // The number was raised further than by our own refusal: the answer belongs to a later attempt.
  return { kind: verdict === 'refused' && status.refusals > number + 1 ? 'elsewhere' : 'answered', status };
}

async function askElsewhere(api: Api, checkoutId: string): Promise<Pressed> {
  try {
    return { kind: 'elsewhere', status: await api.checkout.status.query({ checkoutId }) };
  } catch {
    return { kind: 'moved' };
  }
}

function faultsOf(issues: readonly { readonly path: string; readonly message: string }[]): Fault[] {
  return issues.flatMap(({ path }) => {
    const field = FIELDS.find((name) => path === `contact.${name}`);
    return field ? [{ field, message: 'Check this field.' }] : [];
  });
}
