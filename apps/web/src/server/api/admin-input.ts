import { RECORD_STATES } from '@once/checkout';
import { schema } from '@once/db';
import { z } from 'zod';
import { id, MAX_MINOR, promotionCode, typed } from './input.ts';

// What staff may ask for. As strict as what shoppers send: a session that was taken over must not be a way around it.

/** Goes with every action. */
const hand = { requestId: id, reason: typed(500) };
const amount = z.int().min(0).max(MAX_MINOR);
const providerId = z.string().regex(/^[A-Za-z0-9_]{1,255}$/, 'not an id of the provider');
const anyUuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'not an id');

export const refund = z.strictObject({
  orderId: id,
  refundId: id,
  amountMinor: amount.min(1),
  lines: z.array(z.int().min(0).max(100)).max(100),
  /** As the page showed it. */
  refundedMinor: amount,
  reason: typed(500),
});

export const review = z.strictObject({ ...hand, orderId: id, reviewReason: z.string().regex(/^[a-z_]{1,60}$/) });

const seen = {
  recordId: anyUuid,
  fence: z.int().min(0).max(MAX_MINOR),
  state: z.enum(RECORD_STATES),
};
export const move = z.strictObject({ ...hand, ...seen });
export const resolve = z.strictObject({ ...hand, ...seen, by: z.enum(['provider', 'cancel']) });

export const retryEvent = z.strictObject({ ...hand, eventId: providerId });
export const retryLetter = z.strictObject({
  ...{ ...hand, orderId: anyUuid, subjectId: anyUuid },
  kind: z.enum(schema.outbox.kind.enumValues),
});
export const settleDifference = z.strictObject({
  ...{ ...hand, providerObjectId: providerId },
  kind: z.enum(schema.ledgerDifference.kind.enumValues),
});

export const createPromotion = z.strictObject({
  ...{ ...hand, code: promotionCode },
  percentOff: z.int().min(1).max(100),
  uses: z.int().min(1).max(1_000_000),
  endsAt: z.date().nullable(),
});
export const endPromotion = z.strictObject({ ...hand, code: promotionCode });
