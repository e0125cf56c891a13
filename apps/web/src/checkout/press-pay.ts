import type { Status } from '@once/checkout';
import { keyOf } from '@once/checkout/key';
import { type api as browserApi, isRefused, refusalOf } from '#trpc/client.ts';
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
}

export type Pressed =
  | { readonly kind: 'answered'; readonly status: Status }
  /** Another attempt has our number: another tab was faster. Nothing was sent to the bank for this press. */
  | { readonly kind: 'elsewhere'; readonly status: Status }
  | { readonly kind: 'invalid'; readonly faults: readonly Fault[] }
  /** The shop could not be reached, and Pay had not been sent. */
  | { readonly kind: 'not_sent' }
  /** The checkout is not what the page thought. Nothing was sent. */
  | { readonly kind: 'moved' }
  /** Pay was sent, and no answer came: it may have arrived. */
  | { readonly kind: 'lost'; readonly attempt: Attempt };

/** No bank takes longer; what has not answered by then is asked about instead. */
const ANSWER_MS = 90_000;

/**
 * One press of Pay: store the form, make a token of the card, keep both with the key and the total, then send them. A
 * press whose answer was lost is repeated with exactly what was kept.
 *
 * @param onSend called right before the attempt leaves
 */
export async function pressPay(api: Api, press: Press, onSend: (attempt: Attempt) => void): Promise<Pressed> {
  const earlier = kept(press.checkoutId);
  if (earlier && earlier.idempotencyKey === keyOf(press.checkoutId, press.refusals)) {
    const repeated = await repeat(api, earlier, press, onSend);
    if (repeated) return repeated;
  }
  const prepared = await prepare(api, press);
  if ('kind' in prepared) return prepared;
  keep(prepared);
  return await sendAttempt(api, prepared, onSend);
}

/** Sends what was kept. Sent again, it is the same attempt: the shop answers it as it answered the first time. */
export async function sendAttempt(api: Api, attempt: Attempt, onSend: (attempt: Attempt) => void): Promise<Pressed> {
  const { checkoutId, idempotencyKey, confirmationToken, expectedTotalMinor } = attempt;
  onSend(attempt);
  try {
    const status = await api.checkout.pay.mutate(
      { checkoutId, idempotencyKey, confirmationToken, expectedTotalMinor },
      { signal: AbortSignal.timeout(ANSWER_MS) },
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
  onSend: (attempt: Attempt) => void,
): Promise<Pressed | undefined> {
  let status: Status;
  try {
    status = await api.checkout.status.query({ checkoutId: press.checkoutId });
  } catch {
    return { kind: 'lost', attempt: earlier };
  }
  if (verdictOf(status, numberOf(earlier)) !== 'unheard') return heard(status, earlier);
  const same = earlier.card === press.form.card && earlier.expectedTotalMinor === press.expectedTotalMinor;
  return same ? await sendAttempt(api, earlier, onSend) : undefined;
}

async function prepare(api: Api, press: Press): Promise<Attempt | Pressed> {
  const { checkoutId, refusals, frozen, expectedTotalMinor, form } = press;
  const { contact, shippingMethod, card } = form;
  try {
    if (!frozen) await api.checkout.update.mutate({ checkoutId, contact, shippingMethod });
    const { token } = await api.checkout.testToken.mutate({ checkoutId, card });
    const idempotencyKey = keyOf(checkoutId, refusals);
    return { checkoutId, idempotencyKey, confirmationToken: token, expectedTotalMinor, card };
  } catch (error) {
    return await unprepared(api, press, error);
  }
}

async function unprepared(api: Api, press: Press, error: unknown): Promise<Attempt | Pressed> {
  const refusal = refusalOf(error);
  if (refusal?.errorCode === 'PAYMENT_OPEN') {
    const asked = await askElsewhere(api, press.checkoutId);
    // The order exists, which the page had not heard; but the number is still ours, and nothing is under way.
    const ours = asked.kind === 'elsewhere' && asked.status.refusals === press.refusals;
    return ours && verdictOf(asked.status) !== 'wait' && !press.frozen
      ? await prepare(api, { ...press, frozen: true })
      : asked;
  }
  if (refusal?.errorCode === 'INPUT_INVALID') return { kind: 'invalid', faults: faultsOf(refusal.issues ?? []) };
  return { kind: isRefused(error) ? 'moved' : 'not_sent' };
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
