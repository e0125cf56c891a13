import { createHash } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { BenchError } from '../errors.ts';
import type { Lab, Pool } from './lab.ts';
import { transaction } from './operations.ts';

const BEFORE_MS = 10 * 86_400_000;
const CHUNK = 500_000;

/** A table with so many settled records in it, of the last ten days, that the library takes for its own. */
export interface Settled {
  /** A key of any one of them. */
  readonly someKey: () => string;
  readonly bytesPerRecord: number;
}

/**
 * What `transaction` would have written, made by the server, since ten million first runs would take an hour. That they
 * are the same shows when one of them is replayed.
 */
export async function settle(lab: Lab, pool: Pool, rows: number): Promise<Settled> {
  const model = uuidv7();
  await transaction(pool, model);
  const beginMs = Date.now() - BEFORE_MS;
  const stepMs = BEFORE_MS / rows;
  for (let from = 1; from <= rows; from += CHUNK) {
    await insert(lab, { model, beginMs, stepMs, from, to: Math.min(from + CHUNK - 1, rows) });
  }
  await lab.admin.unsafe('vacuum analyze idempotency.record');
  const [row] = await lab.admin<{ rows: number; bytes: number }[]>`
    select count(*)::float8 as rows, pg_total_relation_size('idempotency.record')::float8 as bytes
    from idempotency.record`;
  if (row?.rows !== rows + 1) throw new BenchError('WRONG_RESULT', `${row?.rows} records, not ${rows + 1}`);
  return {
    someKey: () => keyOf(1 + Math.floor(Math.random() * rows), beginMs, stepMs),
    bytesPerRecord: row.bytes / row.rows,
  };
}

interface Chunk {
  readonly model: string;
  readonly beginMs: number;
  readonly stepMs: number;
  readonly from: number;
  readonly to: number;
}

/** A UUIDv7 of its time, the same here and in the server. */
function keyOf(index: number, beginMs: number, stepMs: number): string {
  const time = Math.floor(beginMs + index * stepMs)
    .toString(16)
    .padStart(12, '0');
  const rest = createHash('md5').update(String(index)).digest('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}

async function insert({ admin }: Lab, { model, beginMs, stepMs, from, to }: Chunk): Promise<void> {
  // Scope and operation are those of the model, whose input is part of the fingerprint: docs/protocol.md says of what.
  const parts = `octet_length(scope) || ':' || scope || octet_length(operation) || ':' || operation || '36:' || made.key`;
  await admin.unsafe(
    `insert into idempotency.record
       (id, scope, operation, key, version, fingerprint, state, created_at, advanced_at, retained_until, input, outcome)
     select (time || substr(encode(sha256((${parts})::bytea), 'hex'), 13, 20))::uuid, scope, operation, made.key, version,
       sha256((${parts} || octet_length($6) || ':' || $6)::bytea), state, at, at, at + interval '30 days', input, outcome
     from idempotency.record as model, generate_series($4::int, $5::int) as i,
       lateral (select md5(i::text) as rest, floor($2::float8 + i * $3::float8)::bigint as ms) as numbers,
       lateral (select lpad(to_hex(ms), 12, '0') as time, to_timestamp(ms / 1000.0) as at) as born,
       lateral (select substr(time, 1, 8) || '-' || substr(time, 9) || '-7' || substr(rest, 1, 3) || '-8'
         || substr(rest, 4, 3) || '-' || substr(rest, 7, 12) as key) as made
     where model.key = $1`,
    [model, beginMs, stepMs, from, to, CANONICAL_INPUT],
  );
}

/** Of the input that `transaction` has. */
const CANONICAL_INPUT = '{"quantity":1,"sku":"lee-shore"}';
