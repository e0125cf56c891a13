// The tables of the provider's file. A file that an older version has written is brought up to date in place.
import type { DatabaseSync } from 'node:sqlite';

/** The journal keeps at least so many rows, three for a request; what is older may go, so that the file has a bound. */
export const JOURNAL_ROWS = 300_000;

export function createTables(db: DatabaseSync): void {
  db.exec(TABLES);
  for (const [table, column, type = 'TEXT'] of [
    ['ledger', 'refund'],
    ['journal', 'body'],
    ['journal', 'trace_id'],
    ['journal', 'caller_request_id'],
    ['journal', 'attempt', 'INTEGER'],
  ] as const) {
    const columns = db.prepare(`PRAGMA table_info(${table})`).all();
    if (columns.some(({ name }) => name === column)) continue;
    db.exec(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`);
  }
  db.exec(LEDGER_REFUNDS);
}

const TABLES = `
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
-- For the pages, which show the intents of all accounts.
CREATE INDEX IF NOT EXISTS intent_newest ON object (seq) WHERE type = 'payment_intent';
CREATE INDEX IF NOT EXISTS intent_of_order ON object (json ->> '$.metadata.order_id', seq) WHERE type = 'payment_intent';
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
  request_id      TEXT NOT NULL,
  refund          TEXT
) STRICT;
-- An intent is charged once, whatever the code above this line believes. An order may be charged twice, by two intents:
-- showing that is what this ledger is for.
CREATE UNIQUE INDEX IF NOT EXISTS ledger_one_charge_per_intent ON ledger (pi) WHERE kind = 'charge';
CREATE INDEX IF NOT EXISTS ledger_of_order ON ledger (order_id);
CREATE INDEX IF NOT EXISTS ledger_of_intent ON ledger (pi);
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
  sent            TEXT,
  body            TEXT,
  trace_id          TEXT,
  caller_request_id TEXT,
  attempt           INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS journal_of_request ON journal (request_id);
CREATE TRIGGER IF NOT EXISTS journal_no_update BEFORE UPDATE ON journal
  BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
DROP TRIGGER IF EXISTS journal_no_delete;
CREATE TRIGGER IF NOT EXISTS journal_keeps_newest BEFORE DELETE ON journal
  WHEN OLD.seq > (SELECT max(seq) FROM journal) - ${JOURNAL_ROWS}
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

-- What is to happen to an object later, by its account's clock.
CREATE TABLE IF NOT EXISTS due_date (
  object  TEXT NOT NULL,
  what    TEXT NOT NULL,
  account TEXT NOT NULL,
  at_ms   INTEGER NOT NULL,
  PRIMARY KEY (object, what)
) STRICT;

-- What an endpoint's deliveries are signed with. One that has been replaced signs beside the new one until it expires.
CREATE TABLE IF NOT EXISTS endpoint_secret (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  endpoint   TEXT NOT NULL,
  secret     TEXT NOT NULL,
  expires_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS endpoint_secret_of ON endpoint_secret (endpoint);

-- An event on its way to an endpoint. Times are the real clock's: whoever checks a signature has no other.
CREATE TABLE IF NOT EXISTS delivery (
  seq             INTEGER PRIMARY KEY AUTOINCREMENT,
  id              TEXT NOT NULL UNIQUE,
  account         TEXT NOT NULL,
  event           TEXT NOT NULL,
  event_type      TEXT NOT NULL,
  endpoint        TEXT NOT NULL,
  payment_intent  TEXT,
  order_id        TEXT,
  request_id      TEXT NOT NULL,
  state           TEXT NOT NULL CHECK (state IN ('pending', 'held', 'dropped', 'succeeded', 'failed', 'canceled')),
  due_ms          INTEGER NOT NULL,
  goes_after      TEXT,
  held_by         TEXT,
  before_response INTEGER NOT NULL,
  tries           INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (due_ms) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS delivery_of_event ON delivery (event);
CREATE INDEX IF NOT EXISTS delivery_of_order ON delivery (order_id);
CREATE INDEX IF NOT EXISTS delivery_of_request ON delivery (request_id) WHERE before_response = 1;
CREATE INDEX IF NOT EXISTS delivery_held ON delivery (held_by) WHERE state = 'held';
CREATE INDEX IF NOT EXISTS delivery_unsettled ON delivery (account) WHERE state NOT IN ('succeeded', 'canceled');

CREATE TABLE IF NOT EXISTS delivery_try (
  seq      INTEGER PRIMARY KEY AUTOINCREMENT,
  delivery TEXT NOT NULL,
  ts       INTEGER NOT NULL,
  took_ms  INTEGER NOT NULL,
  status   INTEGER,
  failure  TEXT,
  fault    TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_try_of ON delivery_try (delivery);
`;

// After the columns are there: these name one that an older file did not have.
const LEDGER_REFUNDS = `
CREATE UNIQUE INDEX IF NOT EXISTS ledger_one_row_per_refund ON ledger (refund, amount < 0) WHERE kind = 'refund';
-- What is given back was taken before, whatever the code above believes. A refund that fails or is canceled is a second
-- row with the negative amount.
CREATE TRIGGER IF NOT EXISTS ledger_no_excess BEFORE INSERT ON ledger
  WHEN NEW.kind = 'refund' AND NEW.amount > (
    SELECT coalesce(sum(CASE kind WHEN 'capture' THEN amount END), sum(CASE kind WHEN 'charge' THEN amount END), 0)
      - total(CASE WHEN kind IN ('refund', 'void') THEN amount END)
    FROM ledger WHERE charge = NEW.charge)
  BEGIN SELECT RAISE(ABORT, 'the ledger gives back no more than was taken'); END;
CREATE INDEX IF NOT EXISTS ledger_of_charge ON ledger (charge);
`;
