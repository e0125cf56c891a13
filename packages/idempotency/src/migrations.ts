// The migrations, in order. They stand in code because a bundler takes no folder along: migrate() has to run in a server
// that was packed into one file. sql/ has the same texts for those who migrate with a tool of their own.

export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  {
    name: '0001_init.sql',
    sql: `-- One row per (scope, operation, key): who may act on it, and what it answered.
-- docs: README.md "States"; the statements that move a row are all in src/statements.ts.
create table idempotency.record (
  id             uuid primary key,     -- recordId(scope, operation, key): digest bits behind the time of a leading UUIDv7
  created_at     timestamptz not null default statement_timestamp(),
  advanced_at    timestamptz not null default statement_timestamp(), -- last recovery point; resendWithinMs counts from it
  due_at         timestamptz,          -- nobody else acts before it: the lease while in flight, the next try while waiting
  retained_until timestamptz,          -- set at settle, not at claim: a workflow may take longer than its retention
  fence          integer not null default 1,  -- number of takings; every later write has it in its WHERE
  failed_tries   integer not null default 0,  -- takings since the last progress
  version        integer not null,     -- of the workflow that began it
  state          smallint not null,    -- 0 in_flight, 1 waiting, 2 succeeded, 3 rejected, 4 needs_review, 5 expired
  fingerprint    bytea not null,       -- SHA-256 of scope, operation, key and canonical input
  scope          text not null,        -- whose namespace the key lives in
  operation      text not null,        -- the named thing that is done once
  key            text not null,        -- the caller's idempotency key
  recovery_point text,                 -- name of the last committed phase
  input          text,                 -- canonical JSON, for whoever takes over
  progress       text,                 -- JSON: what each committed phase returned
  outcome        text,                 -- JSON: the final answer, or the details of a wait
  check (state between 0 and 5),
  check ((state in (0, 1)) = (due_at is not null)),
  check ((state in (2, 3, 5)) = (retained_until is not null)),
  check (state <> 5 or (input is null and progress is null and outcome is null))
) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 10000);

-- Partial: settled rows, nearly all there are, cost these two nothing.
create index record_in_flight on idempotency.record (created_at) where state = 0;
create index record_waiting on idempotency.record (due_at) where state = 1;
create index record_retention on idempotency.record (retained_until) where state in (2, 3, 5);
`,
  },
  {
    name: '0002_operators.sql',
    sql: `-- Who has woken, parked or resolved the record by hand, when and why: one JSON object a line, appended by the statement
-- that moves it. Null for nearly every record, and then it costs nothing.
alter table idempotency.record add column operator_log text;

-- For whoever looks for what needs a person among millions that do not.
create index record_needs_review on idempotency.record (advanced_at) where state = 4;
`,
  },
];
