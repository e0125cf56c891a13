import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** What can happen to an object by itself, once its time has come. */
export type DueWork = 'settle_charge' | 'settle_refund' | 'fail_refund' | 'expire_authorization';

export interface DueDate {
  readonly account: string;
  readonly object: string;
  readonly what: DueWork;
}

/** What is to happen later, in the file, so that a process that dies forgets none of it. */
export class DueDates {
  readonly #set: StatementSync;
  readonly #remove: StatementSync;
  readonly #due: StatementSync;

  constructor(db: DatabaseSync) {
    this.#set = db.prepare('INSERT INTO due_date (account, object, what, at_ms) VALUES (?, ?, ?, ?)');
    this.#remove = db.prepare('DELETE FROM due_date WHERE object = ? AND what = ?');
    // Every account has its own clock: the real one and what has been added to it, for the account and for all ('*').
    this.#due = db.prepare(
      `SELECT d.account, d.object, d.what FROM due_date d
       WHERE d.at_ms <= ? + (SELECT total(offset_ms) FROM clock WHERE account IN (d.account, '*'))
       ORDER BY d.at_ms LIMIT ?`,
    );
  }

  /** @param atMs by the account's clock */
  set({ account, object, what }: DueDate, atMs: number): void {
    this.#set.run(account, object, what, atMs);
  }

  /** @returns false: it was done, or called off, before. */
  remove({ object, what }: Pick<DueDate, 'object' | 'what'>): boolean {
    return this.#remove.run(object, what).changes === 1;
  }

  due(limit: number): DueDate[] {
    return this.#due.all(Date.now(), limit) as unknown as DueDate[];
  }
}
