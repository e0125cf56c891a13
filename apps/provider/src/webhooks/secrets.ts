import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The secrets of webhook endpoints. Times are the real clock's. */
export class Secrets {
  readonly #insert: StatementSync;
  readonly #retire: StatementSync;
  readonly #valid: StatementSync;
  readonly #old: StatementSync;

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare('INSERT INTO endpoint_secret (endpoint, secret) VALUES (?, ?)');
    this.#retire = db.prepare('UPDATE endpoint_secret SET expires_ms = ? WHERE endpoint = ? AND expires_ms IS NULL');
    this.#valid = db.prepare(
      `SELECT secret FROM endpoint_secret WHERE endpoint = ? AND (expires_ms IS NULL OR expires_ms > ?)
       ORDER BY seq DESC`,
    );
    this.#old = db.prepare(
      `SELECT secret FROM endpoint_secret WHERE endpoint = ? AND expires_ms IS NOT NULL ORDER BY seq DESC LIMIT 1`,
    );
  }

  /** Makes `secret` the endpoint's own; the one before it signs beside it for `overlapMs` more. @returns the new one */
  replace(endpoint: string, secret: string, overlapMs: number): string {
    this.#retire.run(Date.now() + overlapMs, endpoint);
    this.#insert.run(endpoint, secret);
    return secret;
  }

  /** What signs now, the newest first. */
  valid(endpoint: string): string[] {
    return this.#valid.all(endpoint, Date.now()).map((row) => String(row['secret']));
  }

  /** The one before, expired or not; undefined: there has only been one. */
  old(endpoint: string): string | undefined {
    const row = this.#old.get(endpoint);
    return row && String(row['secret']);
  }
}
