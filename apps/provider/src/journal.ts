import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Caller } from './caller.ts';
import { JOURNAL_ROWS } from './schema.ts';

/** Old rows are taken away so many requests apart: often enough for a bound, too rarely to cost anything. */
const PRUNE_EVERY = 1_000;

/** Of a body as much is kept as it takes to see what it says. */
const MAX_BODY_LENGTH = 4_000;

/** What arrived, before anything was decided about it. */
export interface ReceivedRequest extends Caller {
  readonly requestId: string;
  readonly account: string | null;
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | null;
  readonly params: unknown;
}

/** One request as `GET /journal` tells it. `committed` without `sent`: the process died, or never answered. */
export interface JournalRow extends Omit<ReceivedRequest, 'params'> {
  readonly seq: number;
  /** When it arrived, as milliseconds since the epoch; then when its effects were committed, and when it was answered. */
  readonly ts: number;
  readonly committedTs: number | null;
  readonly answeredTs: number | null;
  readonly params: string;
  readonly committed: 0 | 1;
  readonly status: number | null;
  readonly sent: string | null;
  /** What went out, where it was no success: of those, the object itself tells. */
  readonly body: string | null;
  /** The faults that have hit it, in their order. */
  readonly faults: string[];
}

/**
 * Every request, as rows that are only ever added: received, committed (in the transaction of its effects), answered.
 * A request that was cut short is visible by the row it lacks.
 */
export class Journal {
  readonly #received: StatementSync;
  readonly #committed: StatementSync;
  readonly #answered: StatementSync;
  readonly #newest: StatementSync;
  readonly #prune: StatementSync;
  #requests = 0;

  constructor(db: DatabaseSync) {
    this.#received = db.prepare(
      `INSERT INTO journal (ts, request_id, event, account, method, path, idempotency_key, params, trace_id,
         caller_request_id, attempt) VALUES (?, ?, 'received', ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#committed = db.prepare(`INSERT INTO journal (ts, request_id, event) VALUES (?, ?, 'committed')`);
    this.#answered = db.prepare(
      `INSERT INTO journal (ts, request_id, event, status, sent, body) VALUES (?, ?, 'answered', ?, ?, ?)`,
    );
    this.#prune = db.prepare('DELETE FROM journal WHERE seq <= ?');
    this.#newest = db.prepare(
      `SELECT r.seq, r.ts, r.request_id AS requestId, r.account, r.method, r.path, r.params,
         r.idempotency_key AS idempotencyKey, r.trace_id AS traceId, r.caller_request_id AS callerRequestId, r.attempt, c.seq IS NOT NULL AS committed, c.ts AS committedTs, a.ts AS answeredTs,
         a.status, a.sent, a.body,
         (SELECT json_group_array(action ORDER BY seq) FROM fault_hit WHERE request_id = r.request_id) AS faults
       FROM journal r
       LEFT JOIN journal c ON c.request_id = r.request_id AND c.event = 'committed'
       LEFT JOIN journal a ON a.request_id = r.request_id AND a.event = 'answered'
       WHERE r.event = 'received' AND (:account IS NULL OR r.account = :account)
         AND (:requestId IS NULL OR r.request_id = :requestId) ORDER BY r.seq DESC LIMIT :limit`,
    );
  }

  received(request: ReceivedRequest): void {
    const { requestId, account, method, path, idempotencyKey, params, traceId, callerRequestId, attempt } = request;
    const text = JSON.stringify(params, hideCard);
    const { lastInsertRowid } = this.#received.run(
      ...[Date.now(), requestId, account, method, path, idempotencyKey, text, traceId, callerRequestId, attempt],
    );
    this.#requests += 1;
    if (this.#requests % PRUNE_EVERY === 1) this.#prune.run(Number(lastInsertRowid) - JOURNAL_ROWS);
  }

  committed(requestId: string): void {
    this.#committed.run(Date.now(), requestId);
  }

  /** @param sent what went out: `answer`, or the name of the fault that replaced it. */
  answered(requestId: string, status: number | null, sent: string, body: string | null = null): void {
    const kept = status === null || status >= 400 ? (body?.slice(0, MAX_BODY_LENGTH) ?? null) : null;
    this.#answered.run(Date.now(), requestId, status, sent, kept);
  }

  newest(filter: { account?: string | undefined; requestId?: string | undefined; limit: number }): JournalRow[] {
    const { account = null, requestId = null, limit } = filter;
    const rows = this.#newest.all({ account, requestId, limit });
    return rows.map((row) => ({ ...row, faults: JSON.parse(String(row['faults'])) }) as unknown as JournalRow);
  }
}

// A card number that somebody sends by mistake is refused, and must not stay in a file on their disk either.
function hideCard(name: string, value: unknown): unknown {
  return name === 'number' || name === 'cvc' || name === 'account_number' ? '[hidden]' : value;
}
