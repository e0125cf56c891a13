// Every statement that reads or moves a record. One statement per change of state, its guard in the WHERE: no row back
// is an answer. Plain texts, so that they run unchanged on a distributed Postgres (no FOR UPDATE, no data-modifying CTE,
// no function of the clock in RETURNING) and behind PgBouncer (no session state). Parameters are text, see database.ts.
//
// statement_timestamp(): now() stands still in a transaction, so a lapsed lease would still look alive in a long one.

/** As stored in `state`; the order is the number. */
export const states = ['in_flight', 'waiting', 'succeeded', 'rejected', 'needs_review', 'expired'] as const;
export type State = (typeof states)[number];

const later = (milliseconds: string) => `statement_timestamp() + ${milliseconds}::text::interval`;

/** A duration as a parameter. */
export const milliseconds = (ms: number): string => `${Math.round(ms)} milliseconds`;

/** A new record: born settled ($9 = 2, with retention) or in flight ($9 = 0, with lease). No row back: the key exists. */
export const claim = `
  insert into idempotency.record
    (id, scope, operation, key, version, fingerprint, input, state, due_at, retained_until)
  values ($1::text::uuid, $2::text, $3::text, $4::text, $5::text::integer, $6::text::bytea, $7::text, $8::text::smallint,
    ${later('$9')}, ${later('$10')})
  on conflict (id) do nothing
  returning xmin::text as written_by`;

/** Instead of a claim, where an expired key may run again: the fence goes on, so that no holder of old can write. */
export const claimAgain = `
  update idempotency.record
  set version = $2::text::integer, fingerprint = $3::text::bytea, input = $4::text, state = $5::text::smallint,
    due_at = ${later('$6')}, retained_until = ${later('$7')}, fence = fence + 1, failed_tries = 0, recovery_point = null,
    created_at = statement_timestamp(), advanced_at = statement_timestamp()
  where id = $1::text::uuid and state = 5 and retained_until <= ${later('$8')}
  returning fence::text, xmin::text as written_by`;

/** For a replay: one row by its primary key and nothing that is not needed, 0 bytes written. */
export const find = `
  select state::text, encode(fingerprint, 'hex') as fingerprint, outcome,
    ceil(extract(epoch from due_at - statement_timestamp()) * 1000)::text as due_in_ms
  from idempotency.record where id = $1::text::uuid`;

const age = (timestamp: string) => `(extract(epoch from ${timestamp}) * 1000)::bigint::text`;

export const inspect = `
  select state::text, encode(fingerprint, 'hex') as fingerprint, outcome,
    ceil(extract(epoch from due_at - statement_timestamp()) * 1000)::text as due_in_ms,
    fence::text, failed_tries::text, version::text, recovery_point, progress, input, xmin::text as written_by,
    ${age('created_at')} as created_at_ms, ${age('advanced_at')} as advanced_at_ms, ${age('due_at')} as due_at_ms,
    ${age('retained_until')} as retained_until_ms, ${age('statement_timestamp() - advanced_at')} as age_ms,
    operator_log
  from idempotency.record where id = $1::text::uuid`;

/** In the claiming transaction only: the row is ours and locked, so these need no fence and may ride with COMMIT. */
export const finish = `
  update idempotency.record set state = $2::text::smallint, outcome = $3::text where id = $1::text::uuid`;
export const remember = `
  update idempotency.record set recovery_point = $2::text, progress = $3::text where id = $1::text::uuid`;

const held = `where id = $1::text::uuid and fence = $2::text::integer and state = 0 returning fence::text`;

/** The last statement of a phase, awaited before COMMIT. No row back: throw inside the transaction. */
export const advance = `
  update idempotency.record
  set recovery_point = $3::text, progress = $4::text, outcome = null, failed_tries = 0,
    advanced_at = statement_timestamp(), due_at = ${later('$5')}
  ${held}`;
export const settle = `
  update idempotency.record
  set state = $3::text::smallint, outcome = $4::text, due_at = null, retained_until = ${later('$5')}
  ${held}`;

/** Instead of finish or settle when the outcome is too large to be kept. $3 is the state before. */
export const bury = `
  update idempotency.record
  set state = 5, due_at = null, input = null, progress = null, outcome = null, retained_until = ${later('$4')}
  where id = $1::text::uuid and fence = $2::text::integer and state = $3::text::smallint
  returning fence::text`;

/** Details given: a waiting answer, which is no failed try. None: unknown, which keeps the older details. */
export const wait = `
  update idempotency.record
  set state = 1, due_at = ${later('$3')}, outcome = coalesce($4::text, outcome),
    failed_tries = case when $4::text is null then failed_tries else 0 end
  ${held}`;

/** After an error at COMMIT: waits for what is still undecided, then says where the record stands. */
export const renew = `
  update idempotency.record set due_at = ${later('$3')}
  where id = $1::text::uuid and fence = $2::text::integer and state = 0
  returning recovery_point`;

// due_at was just set from the same clock, so the age needs no clock in RETURNING.
const taken = `
  returning state::text, fence::text, failed_tries::text, version::text, encode(fingerprint, 'hex') as fingerprint, scope,
    operation, key, recovery_point, input, progress, outcome, (extract(epoch from due_at - advanced_at) * 1000)::bigint::text as lease_end_age_ms`;

/** For a caller and for a worker, committed alone, so that a phase which always throws is counted. */
export const takeOver = `
  update idempotency.record
  set state = 0, fence = fence + 1, failed_tries = failed_tries + 1, due_at = ${later('$2')}
  where id = $1::text::uuid and state in (0, 1) and due_at <= statement_timestamp()
  ${taken}`;

/** One line more, when a person is behind it: `by` is not null. */
const logged = (verb: string, by: string, reason: string) => `
  operator_log = case when ${by}::text is null then operator_log else concat(operator_log, jsonb_build_object(
    'at', statement_timestamp(), 'verb', '${verb}', 'from', state, 'by', ${by}::text, 'reason', ${reason}::text
  )::text, chr(10)) end`;

/** For an operator who brings the answer of a call: the record is parked, or waits. */
export const reopen = `
  update idempotency.record
  set state = 0, fence = fence + 1, due_at = ${later('$2')}, ${logged('resolve', '$3', '$4')}
  where id = $1::text::uuid and state in (1, 4)
  ${taken}`;

/** Makes a record due that waits or was parked; in flight or settled: nothing. A parked one gets its tries again. */
export const wake = `
  update idempotency.record
  set state = 1, due_at = statement_timestamp(), failed_tries = case when state = 4 then 0 else failed_tries end,
    ${logged('wake', '$2', '$3')}
  where id = $1::text::uuid and state in (1, 4)
  returning fence::text`;

/** $2 null: an operator parks it, whoever holds it. The holder's next write finds no row in flight. */
export const park = `
  update idempotency.record set state = 4, due_at = null, ${logged('park', '$3', '$4')}
  where id = $1::text::uuid and state in (0, 1) and ($2::text is null or fence = $2::text::integer)
  returning fence::text`;

// A worker's candidates, without a lock: each is then taken by its id. Only what it can finish: $1 is
// `{operation@version,…}`, $2 the marks that it can open (seal.ts). Others at the head would hide what comes behind them.
const within = `(operation || '@' || version::text = any($1::text::text[])
    and case when octet_length(fingerprint) = 32 then 'plain' else encode(substring(fingerprint from 1 for 4), 'hex') end
      = any($2::text::text[]))`;
const due = (state: number, order: string) => `
  select id::text, operation, scope, key, version::text from idempotency.record
  where state = ${state} and due_at <= statement_timestamp() and ${within}
  order by ${order} limit $3::text::integer`;
export const abandoned = due(0, 'created_at');
export const wakened = due(1, 'due_at');

// What others should have finished long ago, $3 after it was due: perhaps nobody can.
const overdue = (state: number) => `
  select distinct operation, version::text from idempotency.record
  where state = ${state} and due_at <= statement_timestamp() - $3::text::interval and not ${within} limit 100`;
export const strandedInFlight = overdue(0);
export const strandedWaiting = overdue(1);

// Expiry, in any number of workers at once: candidates without a lock, then by id, each guarded. Never what is unsettled.
export const pastRetention = `
  select id::text, operation, scope, state::text from idempotency.record
  where state in (2, 3, 5) and retained_until <= statement_timestamp()
  order by retained_until limit $1::text::integer`;
// Joined, not `= any(…)`, which without statistics reads the ids again for every row.
const candidates = 'unnest($1::text::uuid[]) as candidate (id)';
export const expire = `
  update idempotency.record
  set state = 5, input = null, progress = null, outcome = null, retained_until = ${later('$2')}
  from ${candidates}
  where record.id = candidate.id and state in (2, 3) and retained_until <= statement_timestamp()
  returning record.id::text`;
export const forget = `
  delete from idempotency.record using ${candidates}
  where record.id = candidate.id and state = 5 and retained_until <= statement_timestamp()
  returning record.id::text`;
