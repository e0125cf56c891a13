// One trace per attempt, and nobody has to keep it: whoever knows the attempt knows the trace. So a reload, a second tab or
// another device, the worker that takes over and whoever applies an event of the provider's are all in the same one, and
// somebody on call finds it by the order. Browsers have this file too.

export interface AttemptName {
  readonly orderId: string;
  readonly attempt: number;
}

/** As W3C Trace Context has them: 32 and 16 hexadecimal digits, in small letters. */
export interface SpanName {
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * The press of Pay, which is the first span of an attempt's trace. The trace is the order's id without its dashes, with the
 * number of the attempt added to its last eight digits; the span is its second half, which the variant of a UUID keeps from
 * being zero.
 */
export function pressOf({ orderId, attempt }: AttemptName): SpanName {
  const digits = orderId.replaceAll('-', '');
  const last = (Number.parseInt(digits.slice(24), 16) + attempt) % 2 ** 32;
  const traceId = digits.slice(0, 24) + last.toString(16).padStart(8, '0');
  return { traceId, spanId: traceId.slice(16) };
}

/** The header `traceparent`. @param isSampled whether spans of it are kept, as far as the sender knows */
export const traceparentOf = ({ traceId, spanId }: SpanName, isSampled = true): string =>
  `00-${traceId}-${spanId}-0${isSampled ? 1 : 0}`;
