import type { IncomingHttpHeaders } from 'node:http';

/** What a request says of the one that it serves. It is written down to be followed, and nothing is decided by it. */
export interface Caller {
  /** Of the trace that it is part of: 32 hexadecimal digits. */
  readonly traceId: string | null;
  /** The request at the shop; `requestId` is the one here. */
  readonly callerRequestId: string | null;
  readonly attempt: number | null;
}

/** By W3C's Trace Context and Baggage. What is not as it should be is left out. */
export function callerOf({ traceparent, baggage }: IncomingHttpHeaders): Caller {
  const [, traceId = null] = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(String(traceparent)) ?? [];
  const [, callerRequestId = null] = /(?:^|,)request_id=([\w.-]{1,64})(?:,|$)/.exec(String(baggage)) ?? [];
  const [, attempt] = /(?:^|,)attempt=(\d{1,9})(?:,|$)/.exec(String(baggage)) ?? [];
  return { traceId, callerRequestId, attempt: attempt === undefined ? null : Number(attempt) };
}
