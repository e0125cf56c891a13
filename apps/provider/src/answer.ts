import type { ApiError, Retry } from './errors.ts';

/** What goes out: also what an idempotency key stores, so the body is text and stays as it was, byte for byte. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly retry: Retry;
}

export function objectAnswer(object: unknown): Answer {
  return { status: 200, body: JSON.stringify(object), retry: 'no' };
}

export function errorAnswer(error: ApiError): Answer {
  return { status: error.status, body: JSON.stringify({ error: error.body }), retry: error.retry };
}
