import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * The provider's own clock, one per account, so that a test which lets a day pass does so for itself alone.
 * The offset is stored: after a restart the clock must not run backwards, or pruned keys would look young again.
 */
export class Clock {
  readonly #read: StatementSync;
  readonly #advance: StatementSync;

  constructor(db: DatabaseSync) {
    this.#read = db.prepare('SELECT total(offset_ms) AS offset_ms FROM clock WHERE account IN (?, ?)');
    this.#advance = db.prepare(
      `INSERT INTO clock (account, offset_ms) VALUES (?, ?)
       ON CONFLICT (account) DO UPDATE SET offset_ms = offset_ms + excluded.offset_ms`,
    );
  }

  /** Milliseconds since the epoch, as this account sees them. */
  nowMs(account: string): number {
    return Date.now() + Number(this.#read.get(EVERYBODY, account)?.['offset_ms'] ?? 0);
  }

  /** Lets `ms` pass for one account, or for every account. */
  advance(ms: number, account: string | undefined): void {
    this.#advance.run(account ?? EVERYBODY, ms);
  }
}

// Never an account's name: names are taken from API keys and hold letters, digits and _ only.
const EVERYBODY = '*';
