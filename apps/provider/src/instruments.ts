// The test cards and accounts that Stripe's test mode knows by name, and the ones that exist only here (pm_local_…).
import type Stripe from 'stripe';

export interface Decline {
  readonly code: string;
  readonly decline_code: string;
  readonly message: string;
  readonly advice_code?: string;
}

/** What happens to a payment that is confirmed with the instrument. */
export type Behaviour =
  | { readonly kind: 'succeed' }
  | { readonly kind: 'decline'; readonly decline: Decline }
  | { readonly kind: 'require_action' }
  /** Stays processing until the control port settles it. */
  | { readonly kind: 'process' }
  /** Succeeds, after the bank has taken its time. */
  | { readonly kind: 'succeed_slowly' };

/** What becomes of refunds to the instrument. `_later` is after `PROVIDER_REFUND_MS`, by the account's clock. */
export type RefundBehaviour = 'succeed' | 'succeed_later' | 'fail_later' | 'require_action';

export interface Instrument {
  readonly type: 'card' | 'us_bank_account';
  readonly brand: string;
  readonly last4: string;
  readonly behaviour: Behaviour;
  readonly refunds: RefundBehaviour;
  /** Its owner disputes a payment as soon as it is there. */
  readonly isDisputed: boolean;
}

/** @returns undefined: there is no such test instrument. */
export function testInstrument(name: string): Instrument | undefined {
  return INSTRUMENTS.get(name);
}

export function instrumentNames(): string[] {
  return [...INSTRUMENTS.keys()];
}

/** The `card` or `us_bank_account` member of a payment method. */
export function methodDetails(instrument: Instrument) {
  return instrument.type === 'card'
    ? { card: cardDetails(instrument) }
    : { us_bank_account: bankAccountDetails(instrument) };
}

function cardDetails({ brand, last4, behaviour }: Instrument) {
  return {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: cvcCheck(behaviour) },
    country: 'US',
    display_brand: brand,
    exp_month: 12,
    exp_year: 2034,
    funding: 'credit',
    generated_from: null,
    last4,
    networks: { available: [brand], preferred: null },
    regulated_status: 'unregulated',
    three_d_secure_usage: { supported: true },
    wallet: null,
  } satisfies Stripe.PaymentMethod.Card;
}

function cvcCheck(behaviour: Behaviour): string {
  return behaviour.kind === 'decline' && behaviour.decline.code === 'incorrect_cvc' ? 'fail' : 'pass';
}

function bankAccountDetails({ brand, last4 }: Instrument) {
  return {
    account_holder_type: 'individual',
    account_type: 'checking',
    bank_name: brand,
    financial_connections_account: null,
    fingerprint: null,
    last4,
    networks: { preferred: 'ach', supported: ['ach'] },
    routing_number: '110000000',
    status_details: null,
  } satisfies Stripe.PaymentMethod.UsBankAccount;
}

/** The answer of a bank that asks for authentication nobody can give now. */
export const AUTHENTICATION_REQUIRED: Decline = {
  code: 'authentication_required',
  decline_code: 'authentication_required',
  message: 'Your card was declined. This transaction requires authentication.',
};

const DECLINED = 'Your card was declined.';

const generic: Decline = declined('generic_decline', DECLINED, 'try_again_later');

/** Every way in which a bank says no here, by `decline_code`. */
export function declineCodes(): string[] {
  return [...declines().keys()];
}

/** @param code one of `declineCodes()` */
export function declineOf(code: string): Decline {
  return declines().get(code) ?? generic;
}

function declines(): Map<string, Decline> {
  const all = [...INSTRUMENTS.values()].flatMap(({ behaviour }) =>
    behaviour.kind === 'decline' ? [behaviour.decline] : [],
  );
  return new Map([...all, AUTHENTICATION_REQUIRED].map((decline) => [decline.decline_code, decline]));
}

const INSTRUMENTS = new Map<string, Instrument>([
  ['pm_card_visa', card('visa', '4242', { kind: 'succeed' })],
  ['pm_card_visa_debit', card('visa', '5556', { kind: 'succeed' })],
  ['pm_card_mastercard', card('mastercard', '4444', { kind: 'succeed' })],
  ['pm_card_amex', card('amex', '0005', { kind: 'succeed' })],
  ['pm_local_slow', card('visa', '0020', { kind: 'succeed_slowly' })],
  ['pm_card_pendingRefund', { ...card('visa', '7726', { kind: 'succeed' }), refunds: 'succeed_later' }],
  ['pm_card_refundFail', { ...card('visa', '5126', { kind: 'succeed' }), refunds: 'fail_later' }],
  ['pm_local_refundRequiresAction', { ...card('visa', '0021', { kind: 'succeed' }), refunds: 'require_action' }],
  ['pm_card_createDispute', { ...card('visa', '0259', { kind: 'succeed' }), isDisputed: true }],
  ['pm_card_authenticationRequired', card('visa', '3184', { kind: 'require_action' })],
  ['pm_card_threeDSecure2Required', card('visa', '3220', { kind: 'require_action' })],
  [
    'pm_usBankAccount_processing',
    { ...card('STRIPE TEST BANK', '3456', { kind: 'process' }), type: 'us_bank_account' },
  ],
  ['pm_card_chargeCustomerFail', card('visa', '0341', { kind: 'decline', decline: generic })],
  ...refusing('chargeDeclined', '0002', generic),
  ...refusing(
    'chargeDeclinedInsufficientFunds',
    '9995',
    declined('insufficient_funds', 'Your card has insufficient funds.', 'try_again_later'),
  ),
  ...refusing('chargeDeclinedLostCard', '9987', declined('lost_card', DECLINED, 'do_not_try_again')),
  ...refusing('chargeDeclinedStolenCard', '9979', declined('stolen_card', DECLINED, 'do_not_try_again')),
  ...refusing(
    'chargeDeclinedVelocityLimitExceeded',
    '6975',
    declined(
      'card_velocity_exceeded',
      'Your card was declined for making repeated attempts too frequently or exceeding its amount limit.',
      'try_again_later',
    ),
  ),
  ...refusing('chargeDeclinedExpiredCard', '0069', {
    code: 'expired_card',
    decline_code: 'expired_card',
    message: 'Your card has expired.',
    advice_code: 'do_not_try_again',
  }),
  ...refusing('chargeDeclinedIncorrectCvc', '0127', {
    code: 'incorrect_cvc',
    decline_code: 'incorrect_cvc',
    message: "Your card's security code is incorrect.",
    advice_code: 'confirm_card_data',
  }),
  ...refusing('chargeDeclinedProcessingError', '0119', {
    code: 'processing_error',
    decline_code: 'processing_error',
    message: 'An error occurred while processing your card. Try again in a little bit.',
    advice_code: 'try_again_later',
  }),
]);

function card(brand: string, last4: string, behaviour: Behaviour): Instrument {
  return { type: 'card', brand, last4, behaviour, refunds: 'succeed', isDisputed: false };
}

// Stripe's own documents spell some of these with visa_, some without; both circulate in other people's tests.
function refusing(name: string, last4: string, decline: Decline): [string, Instrument][] {
  const instrument = card('visa', last4, { kind: 'decline', decline });
  return [
    [`pm_card_${name}`, instrument],
    [`pm_card_visa_${name}`, instrument],
  ];
}

function declined(decline_code: string, message: string, advice_code: string): Decline {
  return { code: 'card_declined', decline_code, message, advice_code };
}
