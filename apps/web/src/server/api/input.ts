import { FRAMES } from '@once/db/schema';
import { z } from 'zod';
import { COUNTRIES, countryOf, isPostcode } from '#checkout/countries.ts';
import { MOST } from '#checkout/form.ts';
import { TEST_CARDS } from '#checkout/test-cards.ts';
import { ID_PATTERN } from '#server/id.ts';

// What the API takes. Strict throughout: a field that we do not know is a mistake of the sender's, not something to drop.

export const id = z.string().regex(new RegExp(`^${ID_PATTERN}$`), 'not an id');
export const slug = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'not the name of a print');
const copyNumber = z.int().min(1).max(1000);

/** The largest number that a column of integers takes. */
export const MAX_MINOR = 2_147_483_647;

/** Text that a person typed: trimmed, without control characters (Postgres refuses NUL) and unpaired surrogates. */
export const typed = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), 'characters that cannot be printed');

const blank = z.union([z.null(), z.literal('').transform(() => null)]);

const contact = z
  .strictObject({
    email: z.email().max(MOST.email),
    name: typed(MOST.name),
    line1: typed(MOST.line1),
    line2: z.union([blank, typed(MOST.line2)]).optional(),
    postalCode: typed(MOST.postalCode),
    city: typed(MOST.city),
    region: z.union([blank, typed(MOST.region)]).optional(),
    country: z.enum(COUNTRIES.map(({ code }) => code)),
  })
  .refine(({ postalCode, country }) => isPostcode(postalCode, country), {
    path: ['postalCode'],
    message: 'not a postcode of this country',
  })
  .refine(({ region, country }) => !countryOf(country)?.region?.required || region, {
    path: ['region'],
    message: 'an address of this country has one',
  });

export const ofPrint = z.strictObject({ slug });
export const ofCheckout = z.strictObject({ checkoutId: id });
export const ofOrder = z.strictObject({ orderId: id });
export const ofReceipt = z.strictObject({ link: z.string().max(120) });
export const endLink = z.strictObject({ orderId: id, linksEnded: z.int().min(0).max(MAX_MINOR) });
export const ofSession = z.strictObject({ sessionId: id.optional() });
export const add = z.strictObject({
  slug,
  number: copyNumber.optional(),
  frame: z.enum(FRAMES).nullable().optional(),
  second: z.boolean().optional(),
});
export const remove = z.strictObject({ slug, number: copyNumber });
export const promotionCode = z
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
export const testAction = z.strictObject({ checkoutId: id, result: z.enum(['complete', 'fail']) });
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
