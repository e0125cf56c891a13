import { z } from 'zod';
import { COUNTRIES } from '#checkout/countries.ts';
import { TEST_CARDS } from '#checkout/test-cards.ts';
import { ID_PATTERN } from '#server/id.ts';

// What the API takes. Strict throughout: a field that we do not know is a mistake of the sender's, not something to drop.

const id = z.string().regex(new RegExp(`^${ID_PATTERN}$`), 'not an id');
const slug = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'not the name of a print');
const copyNumber = z.int().min(1).max(1000);
const MAX_MINOR = 2_147_483_647;

/** Text that a person typed: trimmed, without control characters (Postgres refuses NUL) and unpaired surrogates. */
const typed = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), 'characters that cannot be printed');

const contact = z.strictObject({
  email: z.email().max(254),
  name: typed(120),
  line1: typed(160),
  line2: z.union([z.null(), z.literal('').transform(() => null), typed(160)]).optional(),
  postalCode: typed(16),
  city: typed(120),
  country: z.enum(COUNTRIES.map(({ code }) => code)),
});

export const ofPrint = z.strictObject({ slug });
export const ofCheckout = z.strictObject({ checkoutId: id });
export const ofOrder = z.strictObject({ orderId: id });
export const ofSession = z.strictObject({ sessionId: id.optional() });
export const add = z.strictObject({ slug, number: copyNumber.optional(), second: z.boolean().optional() });
export const remove = z.strictObject({ slug, number: copyNumber });
const promotionCode = z
  .string()
  .trim()
  .regex(/^[A-Za-z0-9_-]{1,40}$/, 'not a code');

export const update = z.strictObject({
  checkoutId: id,
  contact: contact.optional(),
  shippingMethod: z.enum(['tracked', 'express']).optional(),
  promotionCode: promotionCode.nullable().optional(),
});
export const testToken = z.strictObject({ checkoutId: id, card: z.enum(TEST_CARDS.map(({ id: card }) => card)) });
export const pay = z
  .strictObject({
    checkoutId: id,
    idempotencyKey: z.string().regex(new RegExp(`^${ID_PATTERN}\\.(0|[1-9][0-9]{0,8})$`), 'not <checkout id>.<number>'),
    confirmationToken: z.string().regex(/^ctoken_[A-Za-z0-9_]{1,200}$/, 'not a confirmation token'),
    expectedTotalMinor: z.int().min(1).max(MAX_MINOR),
  })
  .refine(({ checkoutId, idempotencyKey }) => idempotencyKey.startsWith(`${checkoutId}.`), {
    path: ['idempotencyKey'],
    message: 'the key of another checkout',
  });
