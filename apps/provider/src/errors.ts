import type Stripe from 'stripe';

/** The `error` member of an answer. The SDK takes JSON without one for success, whatever the status says. */
export interface ErrorBody {
  readonly type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  readonly message: string;
  readonly code?: string;
  readonly param?: string;
  readonly decline_code?: string;
  readonly advice_code?: string;
  readonly doc_url?: string;
  readonly charge?: string;
  readonly payment_intent?: Stripe.PaymentIntent;
  readonly payment_method?: Stripe.PaymentMethod;
}

/** The `Stripe-Should-Retry` header; `unsaid` leaves it out, and the decision to the SDK. */
export type Retry = 'yes' | 'no' | 'unsaid';

/** A request the provider refuses. `code` is Stripe's own where Stripe has one. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly retry: Retry;

  constructor(status: number, body: ErrorBody, retry: Retry = 'no') {
    super(body.message);
    this.status = status;
    this.body = body;
    this.retry = retry;
  }

  get code(): string {
    return this.body.code ?? this.body.type;
  }
}

/** 400: the request itself, or the state it met, does not allow this. */
export function invalidRequest(message: string, details: Pick<ErrorBody, 'code' | 'param'> = {}): ApiError {
  return new ApiError(400, withDocUrl({ type: 'invalid_request_error', message, ...details }));
}

/** 404 for the object in the path, 400 for one named by a parameter, as Stripe does. */
export function resourceMissing(kind: string, id: string, param: string, status: 400 | 404 = 404): ApiError {
  const message = `No such ${kind}: '${id}'`;
  return new ApiError(status, withDocUrl({ type: 'invalid_request_error', code: 'resource_missing', message, param }));
}

/** 400: the intent is not in a state that allows this; carries the intent, so that the caller need not read it. */
export function unexpectedState(intent: Stripe.PaymentIntent, message: string): ApiError {
  const code = 'payment_intent_unexpected_state';
  return new ApiError(400, withDocUrl({ type: 'invalid_request_error', code, message, payment_intent: intent }));
}

/** A failure of the provider's own. */
export function serverError(status: 500 | 503, retry: Retry = 'no'): ApiError {
  return new ApiError(status, { type: 'api_error', message: 'An unknown error occurred.' }, retry);
}

export function withDocUrl(body: ErrorBody): ErrorBody {
  if (body.code === undefined) return body;
  return { ...body, doc_url: `https://docs.stripe.com/error-codes#${body.code.replaceAll('_', '-')}` };
}
