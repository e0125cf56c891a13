// The provider's memory: one SQLite file, WAL. With synchronous=NORMAL a commit survives the death of the process (not
// a power cut), which is what its tests do to it. Everything a request changes, its ledger row and its stored answer
// are one transaction, so a process killed at any moment leaves either all of it or nothing.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Clock } from './clock.ts';
import { DueDates } from './due-dates.ts';
import { FaultRules } from './faults/rules.ts';
import { Journal } from './journal.ts';
import { IdempotencyKeys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { Objects } from './objects.ts';
import { createTables } from './schema.ts';
import { Deliveries } from './webhooks/deliveries.ts';
import { Secrets } from './webhooks/secrets.ts';

export interface Store {
  readonly clock: Clock;
  readonly deliveries: Deliveries;
  readonly dueDates: DueDates;
  readonly faults: FaultRules;
  readonly journal: Journal;
  readonly keys: IdempotencyKeys;
  readonly ledger: Ledger;
  readonly objects: Objects;
  readonly secrets: Secrets;
  /** Runs `work` in one transaction; a throw rolls back. `work` is synchronous, so nothing runs in between. */
  transaction<T>(work: () => T): T;
  /** Runs `work` once the transaction that is open has been committed; never, if it is rolled back. */
  afterCommit(work: () => void): void;
  close(): void;
}

/** Another process works on this data directory. */
export class StoreInUseError extends Error {
  readonly code = 'PROVIDER_STORE_IN_USE';
}

/** The data directory cannot be written, or what is in it is no store of ours. */
export class StoreUnusableError extends Error {
  readonly code = 'PROVIDER_STORE_UNUSABLE';
}

/** @throws {StoreInUseError} {StoreUnusableError} */
export function openStore(file: string): Store {
  try {
    mkdirSync(dirname(file), { recursive: true });
    return open(file, lockFor(file));
  } catch (cause) {
    if (cause instanceof StoreInUseError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StoreUnusableError(`DATA_DIR: the store ${file} cannot be used: ${why}`, { cause });
  }
}

function open(file: string, lock: DatabaseSync): Store {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000');
  createTables(db);
  const keys = new IdempotencyKeys(db);
  keys.forgetInFlight();
  const afterCommit: (() => void)[] = [];
  return {
    clock: new Clock(db),
    deliveries: new Deliveries(db),
    dueDates: new DueDates(db),
    faults: new FaultRules(db),
    journal: new Journal(db),
    keys,
    ledger: new Ledger(db),
    objects: new Objects(db),
    secrets: new Secrets(db),
    transaction: (work) => {
      afterCommit.length = 0;
      const result = transaction(db, work);
      for (const each of afterCommit.splice(0)) each();
      return result;
    },
    afterCommit: (work) => void afterCommit.push(work),
    close: () => {
      db.close();
      lock.close();
    },
  };
}

/**
 * Holds a lock that the system releases when this process dies, however it dies. Two processes on one file would each
 * forget the other's keys in flight when they start, and have locks of their own on the same intent.
 */
function lockFor(file: string): DatabaseSync {
  const lock = new DatabaseSync(`${file}.lock`);
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    const isHeld = cause instanceof Error && /locked|busy/i.test(cause.message);
    throw isHeld ? new StoreInUseError(`another provider is using ${file}`, { cause }) : cause;
  }
}

function transaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}
