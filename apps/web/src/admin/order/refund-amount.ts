/** What of an order may be given back, as the page shows it. */
export interface Refundable {
  readonly orderId: string;
  readonly currency: string;
  readonly capturedMinor: number;
  /** Refunded, and on its way back. */
  readonly refundedMinor: number;
  readonly last4: string | null;
  /** Prints that nobody has given back yet; each at what was paid for it, its share of the discount taken off. */
  readonly prints: readonly { readonly line: number; readonly name: string; readonly paidMinor: number }[];
}

export interface RefundFields {
  readonly choice: 'all' | 'prints' | 'amount';
  readonly lines: readonly number[];
  /** As it was typed. */
  readonly amount: string;
  readonly reason: string;
  /** `refundedMinor` of the page on which the form was opened. */
  readonly refundedMinor: number;
}

export const leftOf = ({ capturedMinor }: Refundable, { refundedMinor }: Pick<RefundFields, 'refundedMinor'>): number =>
  capturedMinor - refundedMinor;

/** @returns undefined while it is no amount, or more than is left */
export function amountOf(fields: RefundFields, refundable: Refundable): number | undefined {
  const left = leftOf(refundable, fields);
  switch (fields.choice) {
    case 'all':
      return left;
    case 'prints': {
      const chosen = refundable.prints.filter(({ line }) => fields.lines.includes(line));
      return Math.min(
        left,
        chosen.reduce((sum, { paidMinor }) => sum + paidMinor, 0),
      );
    }
    case 'amount': {
      const minor = minorOf(fields.amount);
      return minor === undefined || minor > left ? undefined : minor;
    }
  }
}

/** Lines whose copies go back on sale. A full refund takes all of them by itself. */
export const linesOf = ({ choice, lines }: RefundFields, { prints }: Refundable): number[] =>
  choice === 'prints' ? prints.map(({ line }) => line).filter((line) => lines.includes(line)) : [];

/** `152`, `152.5`, `152,00`: in minor units. Without floating point. */
export function minorOf(typed: string): number | undefined {
  const [, whole, cents = ''] = /^(\d{1,7})(?:[.,](\d{1,2}))?$/.exec(typed.trim()) ?? [];
  return whole === undefined ? undefined : Number(whole) * 100 + Number(cents.padEnd(2, '0'));
}
