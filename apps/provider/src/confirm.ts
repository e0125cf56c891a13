import type { Call } from './call.ts';
import { type ApiError, invalidRequest, unexpectedState } from './errors.ts';
import { AUTHENTICATION_REQUIRED, type Instrument, testInstrument } from './instruments.ts';
import { attributesIn, type ConfirmParameters } from './intent-parameters.ts';
import { actionRequired, charged, declined, type Intent, processing } from './outcomes.ts';
import { type Method, methodFor, useMethod } from './payment-methods.ts';
import type { Store } from './store.ts';
import { useToken } from './tokens.ts';

/**
 * Confirms an intent with the instrument that the request names, else with the one it has.
 * @returns the intent, or the 402 of a decline, whose effects stay.
 * @throws {ApiError} 400: the state, the token or the method does not allow it; nothing was changed, no token used up.
 */
export function confirm(call: Call, intent: Intent, params: ConfirmParameters): Intent | ApiError {
  // The state comes first: a confirm that is sent again after it succeeded must hear that, not that its token is used.
  mustBeConfirmable(intent);
  mustAgree(intent, params);
  const { token, ...paid } = instrumentOf(call, intent, params);
  const captureMethod = params.capture_method ?? intent.capture_method;
  mustBeAccepted({ ...intent, capture_method: captureMethod }, paid.instrument);
  const shipping = token?.shipping ? { shipping: token.shipping } : {};
  const updated: Intent = { ...intent, ...shipping, ...attributesIn(params), capture_method: captureMethod };
  useMethod(call, paid.method, intent.id);

  const behaviour = call.overrides.behaviour ?? paid.instrument.behaviour;
  switch (behaviour.kind) {
    case 'succeed':
    case 'succeed_slowly':
      return charged(call, updated, paid);
    case 'decline':
      return declined(call, updated, paid, behaviour.decline);
    case 'process':
      return processing(call, updated, paid);
    case 'require_action':
      if (params.error_on_requires_action === true || isOffSession(params)) {
        return declined(call, updated, paid, AUTHENTICATION_REQUIRED);
      }
      return actionRequired(call, updated, paid, mustHaveReturnUrl(params.return_url ?? token?.return_url));
  }
}

/** How long the bank will take over this confirm. Read before the transaction, since a bank is not waited for in one. */
export function bankDelayMs(
  { store, settings }: { store: Store; settings: { slowBankMs: number } },
  account: string,
  intentId: string | undefined,
  params: ConfirmParameters,
): number {
  const intent = intentId === undefined ? undefined : store.objects.get<Intent>(account, 'payment_intent', intentId);
  const id = params.confirmation_token ?? params.payment_method ?? intent?.payment_method ?? '';
  const instrument = testInstrument(id) ?? testInstrument(store.objects.private(account, id).instrument ?? '');
  return instrument?.behaviour.kind === 'succeed_slowly' ? settings.slowBankMs : 0;
}

const CONFIRMABLE: ReadonlySet<string> = new Set([
  'requires_payment_method',
  'requires_confirmation',
  'requires_action',
]);

function mustBeConfirmable(intent: Intent): void {
  if (intent.status === 'succeeded') {
    throw unexpectedState(
      intent,
      'You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.',
    );
  }
  if (!CONFIRMABLE.has(intent.status)) {
    throw unexpectedState(
      intent,
      `You cannot confirm this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be confirmed: requires_confirmation, requires_action.`,
    );
  }
}

function mustAgree(intent: Intent, params: ConfirmParameters): void {
  if (params.client_secret !== undefined && params.client_secret !== intent.client_secret) {
    throw invalidRequest('The client_secret provided does not match this PaymentIntent.', { param: 'client_secret' });
  }
  if (params.amount_to_confirm !== undefined && params.amount_to_confirm !== intent.amount) {
    throw invalidRequest('amount_to_confirm is not the amount of this PaymentIntent.', { param: 'amount_to_confirm' });
  }
}

function instrumentOf(
  call: Call,
  intent: Intent,
  params: ConfirmParameters,
): ReturnType<typeof useToken> | (Method & { token?: undefined }) {
  if (params.confirmation_token !== undefined) return useToken(call, params.confirmation_token, intent.id);
  const id = params.payment_method ?? intent.payment_method;
  if (id !== null) return methodFor(call, id);
  throw unexpectedState(
    intent,
    "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
  );
}

function mustBeAccepted(intent: Intent, instrument: Instrument): void {
  const canBeCapturedByHand = instrument.type === 'card' || intent.capture_method !== 'manual';
  if (canBeCapturedByHand && intent.payment_method_types.includes(instrument.type)) return;
  throw invalidRequest(
    `The PaymentMethod provided (${instrument.type}) is not allowed for this PaymentIntent. Allowed: ${intent.payment_method_types.join(', ')}.`,
    { code: 'payment_intent_incompatible_payment_method', param: 'payment_method' },
  );
}

function isOffSession(params: ConfirmParameters): boolean {
  return params.off_session !== undefined && params.off_session !== false;
}

function mustHaveReturnUrl(url: string | null | undefined): string {
  if (typeof url === 'string') return url;
  throw invalidRequest('This payment needs authentication, so a return_url must be given.', {
    code: 'parameter_missing',
    param: 'return_url',
  });
}
