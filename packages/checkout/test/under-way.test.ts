import { describe, expect, it } from 'vitest';
import { pressOf, traceparentOf } from '../src/tracing/attempt-trace.ts';
import { headersUnderWay, inAttempt, inRequest, underWayFields } from '../src/tracing/under-way.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const orderId = '0190163d-8694-739b-aea5-966c26f8ad91';

const arrived = (requestId?: string) => ({ headers: new Headers(requestId ? { 'x-request-id': requestId } : {}) });

describe('what is under way', () => {
  it('is in every line: the request, and of a payment its trace and attempt', async () => {
    expect(underWayFields()).toEqual({});
    await inRequest(arrived('edge-7.a'), async () => {
      expect(underWayFields()).toEqual({ request_id: 'edge-7.a' });
      await inAttempt({ orderId, attempt: 2 }, 'pay', async () => {
        const trace_id = '0190163d8694739baea5966c26f8ad93';
        expect(underWayFields()).toEqual({ request_id: 'edge-7.a', trace_id, attempt: 2 });
      });
    });
  });

  it.each([
    ['forges a line', 'x"}{"level":60'],
    ['has a blank in it', 'a b'],
    ['is longer than any', 'a'.repeat(65)],
    ['adds to the baggage', 'a,attempt=9'],
    ['colours a terminal', '%1b[31m;'],
  ])('has a name of its own where the one that came %s', async (_, given) => {
    await inRequest(arrived(given), async () => {
      expect(underWayFields().request_id).toMatch(UUID);
      expect(JSON.stringify(headersUnderWay())).not.toContain(given);
    });
  });

  it('is told to whoever is asked, as Trace Context and Baggage', async () => {
    await inRequest(arrived('edge-7'), async () => {
      await inAttempt({ orderId, attempt: 0 }, 'pay', async () => {
        expect(headersUnderWay()).toEqual({
          baggage: 'request_id=edge-7,attempt=0',
          traceparent: expect.stringMatching(/^00-0190163d8694739baea5966c26f8ad91-[0-9a-f]{16}-00$/),
        });
      });
    });
    expect(headersUnderWay()).toEqual({});
  });
});

describe('the press of Pay', () => {
  it('is named by its attempt alone, and another attempt has another name', () => {
    expect(pressOf({ orderId, attempt: 0 })).toEqual({
      traceId: '0190163d8694739baea5966c26f8ad91',
      spanId: 'aea5966c26f8ad91',
    });
    const last = pressOf({ orderId: '0190163d-8694-739b-8000-0000ffffffff', attempt: 1 });
    expect(last).toEqual({ traceId: '0190163d8694739b8000000000000000', spanId: '8000000000000000' });
  });

  it('is a header as W3C has it', () => {
    expect(traceparentOf(pressOf({ orderId, attempt: 1 }))).toBe(
      '00-0190163d8694739baea5966c26f8ad92-aea5966c26f8ad92-01',
    );
  });
});
