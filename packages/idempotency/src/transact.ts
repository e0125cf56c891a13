// A COMMIT without an answer is unknown, also when it comes back as an error: the server may have kept the transaction.
// So a transaction that failed at its end is never simply run again; first it is found out what became of it.
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, type Database, isLost, isUnmigrated, wasUndone } from './database.ts';
import { type Engine, eventOf, factsOf, isOfPhase, type Request } from './engine.ts';
import { IdempotencyError } from './errors.ts';

type Body<Tx, T> = Parameters<Database<Tx>['transaction']>[0] extends (...parts: infer P) => unknown
  ? (...parts: P) => Promise<T>
  : never;

const turns = 4;

/**
 * Comes back when a synchronous standby has all that was committed before, also what nobody waited for. It writes a few bytes
 * into the log, as only that makes a COMMIT wait; touches no record; and does nothing where no one may write.
 */
const reachStandby = `select pg_logical_emit_message(true,'','') where not pg_is_in_recovery()`;

/**
 * Runs a transaction until it is known how it ended.
 * @param becameOf finds out, after a fault, whether it was kept: its value if it was, undefined if it may run again.
 *   Without it, `body` itself must come to the right end when it runs again (a claim does).
 * @throws {IdempotencyError} IDEMPOTENCY_UNAVAILABLE when the database does not answer.
 */
export async function transact<Tx, T>(
  engine: Engine<Tx>,
  request: Request,
  body: Body<Tx, T>,
  becameOf: () => Promise<T | undefined> = async () => undefined,
  options?: Parameters<Database<Tx>['transaction']>[1],
): Promise<T> {
  let undecided = false;
  for (let turn = 1; ; turn++) {
    let bodyDone = false;
    try {
      if (undecided) {
        await engine.database.query(reachStandby);
        const kept = await becameOf();
        if (kept !== undefined) return kept;
        undecided = false;
      }
      return await engine.database.transaction(async (...parts: Parameters<Body<Tx, T>>) => {
        const value = await body(...parts);
        bodyDone = true;
        return value;
      }, options);
    } catch (error) {
      const outage = isLost(error) || wasUndone(error);
      if (!outage && !(bodyDone && !isRefused(error))) throw isOfPhase(error) ? error : explained(error);
      if (turn === turns) throw outage && !isOfPhase(error) ? unavailable(request, error) : error;
      undecided = true;
      engine.emit(eventOf('retried', request, { cause: error }));
      await sleep(Math.random() * 50 * 2 ** turn);
    }
  }
}

/** One statement that may be run again as it is. @throws {IdempotencyError} IDEMPOTENCY_UNAVAILABLE. */
export async function ask<T>(request: Request | undefined, statement: () => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn++) {
    try {
      return await statement();
    } catch (error) {
      if (!isLost(error) && !wasUndone(error)) throw explained(error);
      if (turn === turns) throw unavailable(request, error);
      await sleep(Math.random() * 50 * 2 ** turn);
    }
  }
}

/** Definite noes of the server at COMMIT: a deferred constraint, or a statement that had failed before. */
const isRefused = (error: unknown): boolean => /^(23|25P02)/.test(codeOf(error) ?? '');

const unavailable = (request: Request | undefined, cause: unknown) =>
  new IdempotencyError(
    'IDEMPOTENCY_UNAVAILABLE',
    'the database does not answer: retry with the same key',
    { ...(request && factsOf(request)), retryAfterMs: 1_000 },
    cause,
  );

const explained = (error: unknown): unknown =>
  isUnmigrated(error)
    ? new IdempotencyError(
        'IDEMPOTENCY_OPTION_INVALID',
        'no table idempotency.record: run migrate(database) or npx once-idempotency migrate',
        {},
        error,
      )
    : error;
