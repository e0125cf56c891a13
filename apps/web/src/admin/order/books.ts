import type { Statement } from '@once/checkout';

export interface Posting {
  readonly providerObjectId: string;
  readonly kind: 'charge' | 'refund' | 'refund_reversal';
  readonly amountMinor: number;
}

/** One movement of money in both books. Null: this book does not have it. */
export interface BookRow {
  readonly id: string;
  readonly kind: Posting['kind'];
  readonly oursMinor: number | null;
  /** Undefined: the provider was not heard. */
  readonly theirsMinor: number | null | undefined;
  /** What the provider says of it. */
  readonly says: string;
}

/** Our ledger and the provider's account of an order, side by side. Without a statement, ours alone. */
export function bookRows(postings: readonly Posting[], statement: Statement | undefined): BookRow[] {
  const theirs = statement ? movesOf(statement, postings) : [];
  const rows = postings.map(({ providerObjectId: id, kind, amountMinor: oursMinor }): BookRow => {
    if (!statement) return { id, kind, oursMinor, theirsMinor: undefined, says: '' };
    const move = theirs.find((other) => other.kind === kind && isSame(other.id, id, statement));
    return { id, kind, oursMinor, theirsMinor: move?.amountMinor ?? null, says: move?.says ?? 'unknown there' };
  });
  const missing = theirs.filter(
    (move) =>
      !postings.some(
        ({ kind, providerObjectId: id }) => kind === move.kind && isSame(move.id, id, statement as Statement),
      ),
  );
  return [
    ...rows,
    ...missing.map(({ id, kind, amountMinor, says }) => ({
      id,
      kind,
      oursMinor: null,
      theirsMinor: amountMinor,
      says,
    })),
  ];
}

export const agrees = ({ oursMinor, theirsMinor }: BookRow): boolean =>
  theirsMinor === undefined || oursMinor === theirsMinor;

interface Move {
  readonly id: string;
  readonly kind: Posting['kind'];
  readonly amountMinor: number;
  readonly says: string;
}

/** What has moved money there. A card that was declined, and a refund that is still on its way, have not. */
function movesOf({ charges, refunds }: Statement, postings: readonly Posting[]): Move[] {
  const charged = charges
    .filter(({ status }) => status === 'succeeded')
    .map(({ id, amountMinor, disputed }): Move => {
      return { id, kind: 'charge', amountMinor, says: disputed ? 'succeeded, disputed' : 'succeeded' };
    });
  const refunded = refunds.flatMap(({ id, amountMinor, status }): Move[] => {
    const gone: Move = { id, kind: 'refund', amountMinor, says: status };
    if (status === 'succeeded') return [gone];
    // One that failed after it had been paid out went there and back; the provider keeps only the end of it.
    const wasPaidOut = status === 'failed' && postings.some((posting) => posting.providerObjectId === id);
    return wasPaidOut ? [gone, { ...gone, kind: 'refund_reversal' }] : [];
  });
  return [...charged, ...refunded];
}

/** A charge whose intent did not name it was posted under the intent's id. */
const isSame = (theirs: string, ours: string, { intent }: Statement): boolean =>
  theirs === ours || (ours === intent.id && theirs === intent.chargeId);
