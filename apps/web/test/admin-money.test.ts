import type { Statement } from '@once/checkout';
import { describe, expect, test } from 'vitest';
import { agrees, bookRows, type Posting } from '#admin/order/books.ts';
import { amountOf, linesOf, minorOf, type Refundable, type RefundFields } from '#admin/order/refund-amount.ts';

const charge: Posting = { providerObjectId: 'ch_1', kind: 'charge', amountMinor: 15_200 };

const statement = (more: Partial<Pick<Statement, 'charges' | 'refunds'>> = {}): Statement => ({
  intent: {
    ...{ id: 'pi_1', orderId: 'o', status: 'succeeded', amountMinor: 15_200, currency: 'EUR', chargeId: 'ch_1' },
    ...{ redirectUrl: null, lastError: null, methodId: null },
  },
  charges: [theirCharge('ch_1')],
  refunds: [],
  ...more,
});

const theirCharge = (id: string, status: 'succeeded' | 'failed' = 'succeeded') => ({
  ...{ id, status, amountMinor: 15_200, currency: 'EUR', last4: '4242', disputed: false, createdAt: new Date(0) },
});

const theirRefund = (status: 'succeeded' | 'pending' | 'failed') => ({
  ...{ id: 're_1', intentId: 'pi_1', refundId: null, status, amountMinor: 500, currency: 'EUR', failure: null },
});

const disagreements = (postings: readonly Posting[], of: Statement) =>
  bookRows(postings, of)
    .filter((row) => !agrees(row))
    .map(({ id, oursMinor, theirsMinor }) => ({ id, oursMinor, theirsMinor }));

describe('two books side by side', () => {
  test('agree on a charge, also where it was posted under its intent, and on cards that were declined before', () => {
    expect(disagreements([charge], statement())).toEqual([]);
    expect(disagreements([{ ...charge, providerObjectId: 'pi_1' }], statement())).toEqual([]);
    const declined = [theirCharge('ch_0', 'failed'), theirCharge('ch_1')];
    expect(disagreements([charge], statement({ charges: declined }))).toEqual([]);
  });

  test('do not agree on what only one of them has, or has with another amount', () => {
    const second = statement({ charges: [theirCharge('ch_1'), theirCharge('ch_2')] });
    expect(disagreements([charge], second)).toEqual([{ id: 'ch_2', oursMinor: null, theirsMinor: 15_200 }]);
    expect(disagreements([charge], statement({ charges: [] }))).toEqual([
      { id: 'ch_1', oursMinor: 15_200, theirsMinor: null },
    ]);
    expect(disagreements([{ ...charge, amountMinor: 15_201 }], statement())).toHaveLength(1);
  });

  test('agree on refunds: paid out, on their way, and gone there and back', () => {
    const refund: Posting = { providerObjectId: 're_1', kind: 'refund', amountMinor: 500 };
    const back: Posting = { ...refund, kind: 'refund_reversal' };
    expect(disagreements([charge, refund], statement({ refunds: [theirRefund('succeeded')] }))).toEqual([]);
    expect(disagreements([charge], statement({ refunds: [theirRefund('pending')] }))).toEqual([]);
    expect(disagreements([charge], statement({ refunds: [theirRefund('failed')] }))).toEqual([]);
    expect(disagreements([charge, refund, back], statement({ refunds: [theirRefund('failed')] }))).toEqual([]);
    expect(disagreements([charge], statement({ refunds: [theirRefund('succeeded')] }))).toHaveLength(1);
    expect(disagreements([charge, refund], statement({ refunds: [theirRefund('failed')] }))).toHaveLength(1);
  });

  test('without the provider are ours alone, and nothing is said of its side', () => {
    expect(bookRows([charge], undefined)).toMatchObject([{ oursMinor: 15_200, theirsMinor: undefined }]);
  });
});

describe('how much goes back', () => {
  const refundable: Refundable = {
    ...{ orderId: 'o', currency: 'EUR', capturedMinor: 25_100, refundedMinor: 1_250, last4: null },
    prints: [
      { line: 1, name: 'Lee Shore, No. 1', paidMinor: 14_000 },
      { line: 2, name: 'Ballast, No. 4', paidMinor: 9_900 },
    ],
  };
  const fields = (more: Partial<RefundFields>): RefundFields => ({
    ...{ choice: 'all', lines: [], amount: '', reason: 'x', refundedMinor: 1_250 },
    ...more,
  });
  const amount = (more: Partial<RefundFields>) => amountOf(fields(more), refundable);

  test('is all that was left when the form was opened, the prints that were chosen, or what was typed', () => {
    expect(amount({})).toBe(23_850);
    expect(amount({ refundedMinor: 0 })).toBe(25_100);
    expect(amount({ choice: 'prints', lines: [2] })).toBe(9_900);
    expect(amount({ choice: 'prints', lines: [] })).toBe(0);
    // Never more than is left, though the prints would add up to it.
    expect(amount({ choice: 'prints', lines: [1, 2] })).toBe(23_850);
    expect(amount({ choice: 'amount', amount: '12,5' })).toBe(1_250);
    expect(amount({ choice: 'amount', amount: '238.51' })).toBeUndefined();
  });

  test('names the lines of the prints that were chosen, and no others', () => {
    expect(linesOf(fields({ choice: 'prints', lines: [2, 7] }), refundable)).toEqual([2]);
    expect(linesOf(fields({ choice: 'all', lines: [1] }), refundable)).toEqual([]);
  });

  test('is read from what people type without a cent lost', () => {
    expect(['152', '152.5', '152,05', ' 0.29 '].map(minorOf)).toEqual([15_200, 15_250, 15_205, 29]);
    for (const typed of ['', '-1', '1.234,00', '1e3', '0.001', '12345678', '€5'])
      expect(minorOf(typed)).toBeUndefined();
  });
});
