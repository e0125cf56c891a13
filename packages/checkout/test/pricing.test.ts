import fc from 'fast-check';
import { uuidv7 } from 'uuidv7';
import { describe, expect, it } from 'vitest';
import { keyOf, orderNumber, priceOf } from '../src/index.ts';
import { attemptOf } from '../src/key.ts';

const lines = fc.array(fc.record({ priceMinor: fc.integer({ min: 1, max: 100_000_000 }) }), { maxLength: 5 });

describe('a price', () => {
  it('is what the page of the shop shows: two prints, tracked', () => {
    expect(priceOf([{ priceMinor: 14_000 }, { priceMinor: 11_000 }], 'tracked')).toEqual({
      subtotalMinor: 25_000,
      discountMinor: 0,
      shippingMinor: 1_200,
      taxMinor: 4_183,
      totalMinor: 26_200,
      currency: 'EUR',
    });
    expect(priceOf([{ priceMinor: 14_000 }], 'express')).toMatchObject({ totalMinor: 16_400, taxMinor: 2_618 });
    expect(priceOf([], 'tracked')).toMatchObject({ totalMinor: 0, shippingMinor: 0, taxMinor: 0 });
  });

  it('adds up in whole cents, whatever is bought, and includes 19 % VAT to the nearest cent', () => {
    fc.assert(
      fc.property(lines, fc.constantFrom('tracked' as const, 'express' as const), (bought, method) => {
        const { subtotalMinor, shippingMinor, taxMinor, totalMinor } = priceOf(bought, method);
        for (const amount of [subtotalMinor, shippingMinor, taxMinor, totalMinor])
          expect(amount).toSatisfy(Number.isInteger);
        expect(totalMinor).toBe(subtotalMinor + shippingMinor);
        // tax / (total - tax) = 19 / 100, to half a cent either way.
        expect(Math.abs(taxMinor * 119 - totalMinor * 19) * 2).toBeLessThanOrEqual(119);
      }),
    );
  });
});

describe('a key', () => {
  it('is read back as the attempt that it was made for, and only by its own checkout', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), (refusals) => {
        const id = uuidv7();
        expect(attemptOf(keyOf(id, refusals), id)).toBe(refusals);
        expect(() => attemptOf(keyOf(id, refusals), uuidv7())).toThrow(/idempotency key/);
      }),
    );
  });
});

describe('an order number', () => {
  it('is short, is always the same for an id, and differs between ids made in the same millisecond', () => {
    expect(orderNumber('01932d5a-7c00-7000-8000-0000000004d2')).toBe('6D32-2222');
    const numbers = Array.from({ length: 1_000 }, () => orderNumber(uuidv7()));
    expect(new Set(numbers).size).toBe(1_000);
    for (const number of numbers) expect(number).toMatch(/^[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}$/);
  });
});
