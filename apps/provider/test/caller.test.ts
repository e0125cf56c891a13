import { expect, test } from 'vitest';
import { callerOf } from '../src/caller.ts';

const TRACE = '0190163d8694739baea5966c26f8ad91';
const traceparent = `00-${TRACE}-aea5966c26f8ad91-01`;

test('a request says whose it is, as W3C’s Trace Context and Baggage have it', () => {
  const baggage = 'request_id=edge-7,attempt=2';
  expect(callerOf({ traceparent, baggage })).toEqual({ traceId: TRACE, callerRequestId: 'edge-7', attempt: 2 });
});

test.each([
  ['nothing', {}],
  ['no trace and no name', { traceparent: `00-${TRACE.toUpperCase()}-x`, baggage: 'request_id=a b,attempt=-1' }],
  ['what could forge a line', { traceparent: '\n{"level":60}', baggage: 'request_id="\n{},attempt=1e9' }],
])('what says %s is from nobody', (_, headers) => {
  expect(callerOf(headers)).toEqual({ traceId: null, callerRequestId: null, attempt: null });
});
