import type { HistorySlot, Spread, Told } from '@once/checkout/history';

// What is drawn of each time, and how it reads in the table beside it. One list for both, so that they say the same.

export interface ChartOf {
  readonly title: string;
  /** What it is, for who is on call. */
  readonly says: string;
  /** Who counts it: where one of them has not told, more may have happened. */
  readonly countedBy: readonly ('web' | 'worker')[];
  /** In bars how many, in lines how long. */
  readonly drawn: readonly Column[];
  /** In the table only. */
  readonly beside?: readonly Column[];
}

export interface Column {
  readonly name: string;
  readonly unit: 'count' | 'seconds';
  /** Null: there was nothing to measure. */
  readonly of: (slot: HistorySlot) => number | null;
}

const BOTH = ['web', 'worker'] as const;

const count = (name: string, of: Column['of']): Column => ({ name, unit: 'count', of });
const seconds = (name: string, of: Column['of']): Column => ({ name, unit: 'seconds', of });

const spread = (of: (slot: HistorySlot) => Spread | null) => ({
  drawn: [
    seconds('Half within', (slot) => of(slot)?.p50Seconds ?? null),
    seconds('95 % within', (slot) => of(slot)?.p95Seconds ?? null),
  ],
  beside: [count('Measured', (slot) => of(slot)?.count ?? 0)],
});

export const CHARTS: readonly ChartOf[] = [
  {
    title: 'Purchases',
    says: 'Payments that ended paid.',
    countedBy: BOTH,
    drawn: [count('Purchases', ({ purchases }) => purchases)],
  },
  {
    title: 'Rejected',
    says: 'Declined, or a price or a copy had changed.',
    countedBy: BOTH,
    drawn: [count('Rejected', ({ rejected }) => rejected)],
  },
  {
    title: 'Time to an answer',
    says: 'From a press of Pay to its answer, replays too.',
    countedBy: ['web'],
    ...spread(({ pay }) => pay),
  },
  {
    title: 'Replays suppressed',
    says: 'Sent again, answered with what was stored. Nothing ran.',
    countedBy: BOTH,
    drawn: [count('Replays', ({ replays }) => replays)],
  },
  {
    title: 'Taken over',
    says: 'A process was gone or too slow, and another went on for it.',
    countedBy: BOTH,
    drawn: [count('Taken over', ({ takeovers }) => takeovers)],
  },
  {
    title: 'Time at the provider',
    says: 'The call that confirms a payment.',
    countedBy: BOTH,
    ...spread(({ confirm }) => confirm),
  },
  {
    title: 'Outcome unknown',
    says: 'A call was sent, and no answer came.',
    countedBy: BOTH,
    drawn: [count('Unknown', ({ unknowns }) => unknowns)],
  },
  {
    title: 'Time until known',
    says: 'How long an unknown outcome stayed unknown.',
    countedBy: BOTH,
    ...spread(({ known }) => known),
  },
  {
    title: 'Expired',
    says: 'Stored answers that were put away, past their retention.',
    countedBy: ['worker'],
    drawn: [count('Expired', ({ expired }) => expired)],
    beside: [seconds('Behind by', ({ expiryLagSeconds }) => expiryLagSeconds)],
  },
];

/** All who count it, taken together. */
export function toldOf({ countedBy }: ChartOf, { told }: HistorySlot): Told {
  const each = countedBy.map((app) => told[app]);
  if (each.every((one) => one === 'none')) return 'none';
  return each.every((one) => one === 'all') ? 'all' : 'part';
}

/** 3, 0.25 s, 4.8 min: as it stands in a table. */
export function shownAs(unit: Column['unit'], value: number): string {
  if (unit === 'count') return value.toLocaleString('en-GB');
  const [size, name] = value < 120 ? [value, 's'] : [value / 60, 'min'];
  return `${Number(size.toPrecision(2)).toLocaleString('en-GB')} ${name}`;
}
