// The provider's memory: one SQLite file, WAL. With synchronous=NORMAL a commit survives the death of the process (not
// a power cut), which is what its tests do to it. Everything a request changes, its ledger row and its stored answer
// are one transaction, so a process killed at any moment leaves either all of it or nothing.
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Clock } from './clock.ts';
import { FaultRules } from './faults/rules.ts';
import { Journal } from './journal.ts';
import { IdempotencyKeys } from './keys.ts';
import { Ledger } from './ledger.ts';
import { Objects } from './objects.ts';

export interface Store {
  readonly clock: Clock;
  readonly faults: FaultRules;
  readonly journal: Journal;
  readonly keys: IdempotencyKeys;
  readonly ledger: Ledger;
  readonly objects: Objects;
  /** Runs `work` in one transaction; a throw rolls back. `work` is synchronous, so nothing runs in between. */
  transaction<T>(work: () => T): T;
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
  db.exec(SCHEMA);
  const keys = new IdempotencyKeys(db);
  keys.forgetInFlight();
  return {
    clock: new Clock(db),
    faults: new FaultRules(db),
    journal: new Journal(db),
    keys,
    ledger: new Ledger(db),
    objects: new Objects(db),
    transaction: (work) => transaction(db, work),
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

const SCHEMA = `
CREATE TABLE IF NOT EXISTS clock (
  account   TEXT PRIMARY KEY,
  offset_ms INTEGER NOT NULL
) STRICT;

-- Stripe's objects as they are answered. instrument and payment_intent are what the JSON does not say: which test card
-- stands behind a payment method or token, and the intent that a payment method or charge belongs to.
CREATE TABLE IF NOT EXISTS object (
  id             TEXT PRIMARY KEY,
  seq            INTEGER NOT NULL UNIQUE,
  account        TEXT NOT NULL,
  type           TEXT NOT NULL,
  instrument     TEXT,
  payment_intent TEXT,
  json           TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS object_newest ON object (account, type, seq);
CREATE INDEX IF NOT EXISTS object_of_intent ON object (payment_intent) WHERE payment_intent IS NOT NULL;

-- What a reader that lags behind would still see.
CREATE TABLE IF NOT EXISTS intent_before (
  id   TEXT PRIMARY KEY,
  json TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS intent_changed AFTER UPDATE OF json ON object
  WHEN OLD.type = 'payment_intent' AND OLD.json <> NEW.json
  BEGIN
    INSERT INTO intent_before (id, json) VALUES (OLD.id, OLD.json)
      ON CONFLICT (id) DO UPDATE SET json = excluded.json;
  END;

CREATE TABLE IF NOT EXISTS idempotency_key (
  account     TEXT NOT NULL,
  key         TEXT NOT NULL,
  endpoint    TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  request_id  TEXT NOT NULL,
  created_ms  INTEGER NOT NULL,
  status      INTEGER,
  body        TEXT,
  PRIMARY KEY (account, key),
  CHECK ((status IS NULL) = (body IS NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS idempotency_key_age ON idempotency_key (account, created_ms);

CREATE TABLE IF NOT EXISTS ledger (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  ts              INTEGER NOT NULL,
  account         TEXT NOT NULL,
  kind            TEXT NOT NULL CHECK (kind IN ('charge', 'decline', 'capture', 'refund', 'void')),
  charge          TEXT NOT NULL,
  pi              TEXT NOT NULL,
  amount          INTEGER NOT NULL,
  currency        TEXT NOT NULL,
  order_id        TEXT,
  idempotency_key TEXT,
  request_id      TEXT NOT NULL
) STRICT;
-- An intent is charged once, whatever the code above this line believes. An order may be charged twice, by two intents:
-- showing that is what this ledger is for.
CREATE UNIQUE INDEX IF NOT EXISTS ledger_one_charge_per_intent ON ledger (pi) WHERE kind = 'charge';
CREATE INDEX IF NOT EXISTS ledger_of_order ON ledger (order_id);
CREATE TRIGGER IF NOT EXISTS ledger_no_update BEFORE UPDATE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
CREATE TRIGGER IF NOT EXISTS ledger_no_delete BEFORE DELETE ON ledger
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END;
-- INSERT OR REPLACE deletes the row in its way without asking the trigger above.
CREATE TRIGGER IF NOT EXISTS ledger_no_replace BEFORE INSERT ON ledger
  WHEN EXISTS (SELECT 1 FROM ledger WHERE seq = NEW.seq)
    OR NEW.kind = 'charge' AND EXISTS (SELECT 1 FROM ledger WHERE pi = NEW.pi AND kind = 'charge')
  BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: one charge for an intent'); END;

CREATE TABLE IF NOT EXISTS journal (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  ts              INTEGER NOT NULL,
  request_id      TEXT NOT NULL,
  event           TEXT NOT NULL CHECK (event IN ('received', 'committed', 'answered')),
  account         TEXT,
  method          TEXT,
  path            TEXT,
  idempotency_key TEXT,
  params          TEXT,
  status          INTEGER,
  sent            TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS journal_of_request ON journal (request_id);
CREATE TRIGGER IF NOT EXISTS journal_no_update BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_no_delete BEFORE DELETE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS journal_no_replace BEFORE INSERT ON journal
  WHEN EXISTS (SELECT 1 FROM journal WHERE seq = NEW.seq)
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- Armed faults. They are kept here so that one which kills the process stays used up, and one that is left still acts.
CREATE TABLE IF NOT EXISTS fault (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  account    TEXT,
  match      TEXT NOT NULL,
  action     TEXT NOT NULL,
  nth        INTEGER NOT NULL,
  times      INTEGER NOT NULL,
  armed_ms   INTEGER NOT NULL,
  expires_ms INTEGER,
  seen       INTEGER NOT NULL DEFAULT 0,
  hits       INTEGER NOT NULL DEFAULT 0,
  CHECK (hits <= times)
) STRICT;
CREATE INDEX IF NOT EXISTS fault_armed ON fault (seq) WHERE hits < times;

-- Which fault has hit which request, for the journal.
CREATE TABLE IF NOT EXISTS fault_hit (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  request_id TEXT NOT NULL,
  fault_id   TEXT NOT NULL,
  action     TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS fault_hit_of_request ON fault_hit (request_id);
CREATE TRIGGER IF NOT EXISTS fault_hit_no_update BEFORE UPDATE ON fault_hit
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER IF NOT EXISTS fault_hit_no_delete BEFORE DELETE ON fault_hit
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
`;
