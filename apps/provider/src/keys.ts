import { createHash } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { ApiError, withDocUrl } from './errors.ts';
import type { FormHash, FormValue } from './form.ts';

/** Stripe keeps a key at least this long; then the same key executes again. */
const KEY_RETENTION_MS = 24 * 3_600_000;

/** The request that brings a key. */
export interface KeyedRequest {
  readonly account: string;
  readonly key: string;
  readonly path: string;
  readonly params: FormHash;
  readonly requestId: string;
  readonly nowMs: number;
}

export type Claim =
  | { readonly kind: 'first' }
  | { readonly kind: 'replay'; readonly status: number; readonly body: string; readonly originalRequestId: string };

/**
 * Idempotency keys, per account. A key is in flight from `claim` until its answer is stored by `finish`, which runs in
 * the transaction of the request's effects: no effect without its answer, no answer without its effect.
 */
export class IdempotencyKeys {
  readonly #prune: StatementSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #finish: StatementSync;
  readonly #release: StatementSync;
  readonly #forgetInFlight: StatementSync;
  readonly #accounts: StatementSync;
  /** Whose requests this process is at. Any other key without an answer: a full disk took neither it nor the effects. */
  readonly #underWay = new Set<string>();

  constructor(db: DatabaseSync) {
    this.#prune = db.prepare(
      'DELETE FROM idempotency_key WHERE account = ? AND created_ms <= ? AND status IS NOT NULL',
    );
    this.#find = db.prepare(
      'SELECT endpoint, fingerprint, request_id, status, body FROM idempotency_key WHERE account = ? AND key = ?',
    );
    this.#insert = db.prepare(
      `INSERT INTO idempotency_key (account, key, endpoint, fingerprint, request_id, created_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
    );
    this.#finish = db.prepare('UPDATE idempotency_key SET status = ?, body = ? WHERE account = ? AND key = ?');
    this.#release = db.prepare('DELETE FROM idempotency_key WHERE account = ? AND key = ? AND status IS NULL');
    this.#accounts = db.prepare('SELECT DISTINCT account FROM idempotency_key');
    this.#forgetInFlight = db.prepare('DELETE FROM idempotency_key WHERE status IS NULL');
  }

  /**
   * Takes the key, or answers what its first request was answered.
   * @throws {ApiError} 400 idempotency_error: used before for another endpoint or with other parameters.
   * @throws {ApiError} 409 idempotency_key_in_use: its first request is still running.
   */
  claim(request: KeyedRequest): Claim {
    const { account, key, path } = request;
    this.prune(account, request.nowMs);
    const fingerprint = fingerprintOf(request.params);
    const known = this.#find.get(account, key);
    if (!known) {
      this.#insert.run(account, key, path, fingerprint, request.requestId, request.nowMs);
      return { kind: 'first' };
    }
    if (known['endpoint'] !== path) throw usedForAnotherEndpoint(key, path, String(known['endpoint']));
    if (known['fingerprint'] !== fingerprint) throw usedWithOtherParameters(key);
    if (known['status'] === null) {
      if (this.#underWay.has(`${account} ${key}`)) throw keyInUse(key);
      return { kind: 'first' };
    }
    const [status, body] = [Number(known['status']), String(known['body'])];
    return { kind: 'replay', status, body, originalRequestId: String(known['request_id']) };
  }

  finish(account: string, key: string, status: number, body: string): void {
    this.#finish.run(status, body, account, key);
  }

  /** From now on its request is under way. */
  begun(account: string, key: string): void {
    this.#underWay.add(`${account} ${key}`);
  }

  /** The request is over, whatever became of it. */
  ended(account: string, key: string): void {
    this.#underWay.delete(`${account} ${key}`);
  }

  /** Gives a key back whose request ended without an answer worth keeping. */
  release(account: string, key: string): void {
    this.#release.run(account, key);
  }

  /** Keys in flight stay, however old: their request is still running. @returns how many went. */
  prune(account: string, nowMs: number): number {
    return Number(this.#prune.run(account, nowMs - KEY_RETENTION_MS).changes);
  }

  /** Every account that has keys. */
  accounts(): string[] {
    return this.#accounts.all().map((row) => String(row['account']));
  }

  /** At start: effects and stored answer share one transaction, so for a key without an answer nothing happened. */
  forgetInFlight(): void {
    this.#forgetInFlight.run();
  }
}

function fingerprintOf(params: FormHash): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(params)))
    .digest('hex');
}

function sorted(value: FormValue): unknown {
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}

function usedForAnotherEndpoint(key: string, path: string, firstPath: string): ApiError {
  return new ApiError(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used for the same endpoint they were first used for ('${path}' vs '${firstPath}'). Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

function usedWithOtherParameters(key: string): ApiError {
  return new ApiError(400, {
    type: 'idempotency_error',
    message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
  });
}

// The type is what Stripe really sends, not the idempotency_error one would expect. Stripe-Should-Retry is left out:
// the SDK then retries a 409 on its own, as it does against Stripe.
export function keyInUse(key: string): ApiError {
  const body = withDocUrl({
    type: 'invalid_request_error',
    code: 'idempotency_key_in_use',
    message: `There is currently another in-progress request using this Idempotent Key (that probably means you submitted twice, and the other request is still going through): ${key}. Please try again later.`,
  });
  return new ApiError(409, body, 'unsaid');
}
