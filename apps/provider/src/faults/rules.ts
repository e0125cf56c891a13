import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { NamedAction } from './action.ts';
import type { Match } from './match.ts';

/** What may be armed. */
export interface FaultRule {
  readonly match: Match;
  readonly action: NamedAction;
  /** How many of the matching requests it hits. */
  readonly times: number;
  /** After so long it hits nothing any more; by the real clock, which tests do not move. */
  readonly ttlMs?: number | undefined;
}

/** A rule as `GET /faults` tells it. */
export interface ArmedFault extends FaultRule {
  readonly id: string;
  /** Milliseconds since the epoch, as is `expiresAt`. */
  readonly armedAt: number;
  readonly expiresAt: number | null;
  /** Requests that it matched while it could still hit. */
  readonly seen: number;
  readonly hits: number;
}

/** What became of a request that a rule matches: hit, only counted (`nth` is not reached), or too late. */
export type Taken = { readonly kind: 'hit' | 'counted'; readonly isUsedUp: boolean } | { readonly kind: 'over' };

/** The rules, in the file: one that has killed the process is used up at the next start. */
export class FaultRules {
  readonly #insert: StatementSync;
  readonly #list: StatementSync;
  readonly #remove: StatementSync;
  readonly #take: StatementSync;
  readonly #hit: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO fault (id, account, match, action, nth, times, armed_ms, expires_ms)
       VALUES (:id, :account, :match, :action, :nth, :times, :armedAt, :expiresAt)`,
    );
    this.#list = db.prepare(
      `SELECT id, match, action, times, armed_ms, expires_ms, seen, hits FROM fault
       WHERE (:id IS NULL OR id = :id) AND (:account IS NULL OR account = :account)
         AND (:armedAt IS NULL OR hits < times AND (expires_ms IS NULL OR expires_ms > :armedAt)) ORDER BY seq`,
    );
    this.#remove = db.prepare('DELETE FROM fault WHERE id = ?');
    this.#take = db.prepare(
      `UPDATE fault SET seen = seen + 1, hits = hits + (seen + 1 >= nth)
       WHERE id = ? AND hits < times AND (expires_ms IS NULL OR expires_ms > ?)
       RETURNING action ->> '$.name' AS action, seen >= nth AS is_hit, hits = times AS is_used_up`,
    );
    this.#hit = db.prepare('INSERT INTO fault_hit (request_id, fault_id, action) VALUES (?, ?, ?)');
  }

  add(id: string, { match, action, times, ttlMs }: FaultRule, nowMs: number): void {
    this.#insert.run({
      ...{ id, times, account: match.account ?? null, nth: match.nth ?? 1, armedAt: nowMs },
      match: JSON.stringify(match),
      action: JSON.stringify(action),
      expiresAt: ttlMs === undefined ? null : nowMs + ttlMs,
    });
  }

  /** In the order in which they were armed. @param filter `armedAt`: only those that can still hit at that time */
  list(filter: { id?: string; account?: string | undefined; armedAt?: number }): ArmedFault[] {
    const { id = null, account = null, armedAt = null } = filter;
    return this.#list.all({ id, account, armedAt }).map((row) => {
      const [armedMs, expiresAt] = [Number(row['armed_ms']), row['expires_ms'] as number | null];
      return {
        id: String(row['id']),
        match: JSON.parse(String(row['match'])) as Match,
        action: JSON.parse(String(row['action'])) as NamedAction,
        times: Number(row['times']),
        armedAt: armedMs,
        expiresAt,
        seen: Number(row['seen']),
        hits: Number(row['hits']),
      };
    });
  }

  remove(id: string): void {
    this.#remove.run(id);
  }

  /** Counts a request that the rule matches; at most `times` of them are ever hit. Inside a transaction. */
  take(id: string, requestId: string, nowMs: number): Taken {
    const row = this.#take.get(id, nowMs);
    if (!row) return { kind: 'over' };
    const isHit = row['is_hit'] === 1;
    if (isHit) this.#hit.run(requestId, id, String(row['action']));
    return { kind: isHit ? 'hit' : 'counted', isUsedUp: row['is_used_up'] === 1 };
  }
}
