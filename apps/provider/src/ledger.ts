import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type LedgerKind = 'charge' | 'decline' | 'capture' | 'refund' | 'void';

/** One movement of money, or one refusal to move it. Amounts are minor units. */
export interface LedgerEntry {
  /** Milliseconds since the epoch, by the account's clock. */
  readonly ts: number;
  readonly account: string;
  readonly kind: LedgerKind;
  readonly charge: string;
  readonly pi: string;
  readonly amount: number;
  readonly currency: string;
  readonly order_id: string | null;
  readonly idempotency_key: string | null;
  readonly request_id: string;
  /** The refund that a row of that kind is about; a second row with the negative amount takes it back. */
  readonly refund: string | null;
}

export interface LedgerRow extends LedgerEntry {
  readonly seq: number;
}

/** The witness every test reads: append-only, enforced by triggers, at most one charge for an intent by an index. */
export class Ledger {
  readonly #append: StatementSync;
  readonly #rows: StatementSync;
  readonly #rowsOf: StatementSync;
  readonly #doubles: StatementSync;

  constructor(db: DatabaseSync) {
    this.#append = db.prepare(
      `INSERT INTO ledger (ts, account, kind, charge, pi, amount, currency, order_id, idempotency_key, request_id, refund)
       VALUES (:ts, :account, :kind, :charge, :pi, :amount, :currency, :order_id, :idempotency_key, :request_id, :refund)`,
    );
    this.#rows = db.prepare(
      `SELECT seq, ts, account, kind, charge, pi, amount, currency, order_id, idempotency_key, request_id, refund
       FROM ledger
       WHERE (:order_id IS NULL OR order_id = :order_id) AND (:account IS NULL OR account = :account) ORDER BY seq`,
    );
    this.#rowsOf = db.prepare('SELECT * FROM ledger WHERE pi = ? ORDER BY seq');
    this.#doubles = db.prepare(
      `SELECT account, order_id AS orderId FROM ledger WHERE order_id IS NOT NULL AND kind IN ('charge', 'void')
       GROUP BY account, order_id HAVING sum(CASE kind WHEN 'charge' THEN 1 ELSE -1 END) > 1 ORDER BY max(seq) DESC`,
    );
  }

  append(entry: LedgerEntry): void {
    this.#append.run({ ...entry });
  }

  /** Oldest first; each filter narrows. */
  rows(filter: { orderId?: string | undefined; account?: string | undefined } = {}): LedgerRow[] {
    const rows = this.#rows.all({ order_id: filter.orderId ?? null, account: filter.account ?? null });
    return rows as unknown as LedgerRow[];
  }

  /** Oldest first. */
  rowsOf(intentId: string): LedgerRow[] {
    return this.#rowsOf.all(intentId) as unknown as LedgerRow[];
  }

  /** Orders with more charges than voids, but one: what a shop promises never happens. Newest first. */
  doubles(): { account: string; orderId: string }[] {
    return this.#doubles.all() as unknown as { account: string; orderId: string }[];
  }
}
