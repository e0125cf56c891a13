// What a phase may say besides returning a value, and what a call must say.

const exit = Symbol.for('@once/idempotency:exit');

export interface Rejection<R> {
  readonly [exit]: 'rejected';
  readonly value: R;
}
export interface Finish<V> {
  readonly [exit]: 'succeeded';
  readonly value: V;
}

/** Ends the operation with a stored no: every retry gets the same reason. The writes of the phase are kept. */
export const reject = <const R>(reason: R): Rejection<R> => ({ [exit]: 'rejected', value: reason });

/** Ends a workflow before its last phase. The writes of the phase are kept. */
export const finish = <const V>(value: V): Finish<V> => ({ [exit]: 'succeeded', value });

/** How a phase ended the operation; undefined when its result is a plain value. */
export function exitOf(result: unknown): { status: 'succeeded' | 'rejected'; value: unknown } | undefined {
  if (typeof result !== 'object' || result === null || !(exit in result)) return undefined;
  const { [exit]: status, value } = result as Rejection<unknown> | Finish<unknown>;
  return { status, value };
}

export interface Answered<V> {
  readonly status: 'answered';
  readonly value: V;
}
export interface Declined<R> {
  readonly status: 'declined';
  readonly reason: R;
}
export interface Waiting<D> {
  readonly status: 'waiting';
  readonly details: D;
  readonly retryAfterMs: number;
}
export interface Unknown {
  readonly status: 'unknown';
  readonly cause?: unknown;
  readonly retryAfterMs?: number;
}
export interface Absent {
  readonly status: 'absent';
}
export type Answer = Answered<unknown> | Declined<unknown> | Waiting<unknown> | Unknown | Absent;

/** It has happened. */
export const answered = <V>(value: V): Answered<V> => ({ status: 'answered', value });

/** The other side has said no, and will not change its mind. */
export const declined = <const R>(reason: R): Declined<R> => ({ status: 'declined', reason });

/**
 * The other side has the request and is not done: a bank wants its customer, a payment is processing. The details are
 * stored and returned; asked again after `retryAfterMs`. Not a failed try.
 */
export const waiting = <D>(details: D, retryAfterMs: number): Waiting<D> => ({
  status: 'waiting',
  details,
  retryAfterMs,
});

/** We did not see an answer: it may or may not have happened. Asked again after `retryAfterMs`, else with backoff. */
export const unknown = (cause?: unknown, retryAfterMs?: number): Unknown => ({
  status: 'unknown',
  cause,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** It has certainly not happened. From `lookup`: it may be sent again. From `send`: it never left. */
export const absent: Absent = { status: 'absent' };
