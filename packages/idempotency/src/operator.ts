// Who has moved a record by hand, and why. Kept on the record, by the statement that moves it: no move without its entry.
import { IdempotencyError } from './errors.ts';
import { type State, states } from './statements.ts';

/** The person, or the tool in a person's name, that moves a record. Both are 1 to 1 000 characters. */
export interface Operator {
  readonly by: string;
  readonly reason: string;
}

export interface OperatorEntry extends Operator {
  /** The database's time. */
  readonly at: Date;
  readonly verb: 'wake' | 'park' | 'resolve';
  /** The state that it was moved out of. */
  readonly from: State | undefined;
}

/**
 * As parameters of a statement: both null when no person is behind it.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID.
 */
export function loggedAs(operator: Operator | undefined): [by: string | null, reason: string | null] {
  if (operator === undefined) return [null, null];
  for (const name of ['by', 'reason'] as const) {
    const text: unknown = operator[name];
    if (typeof text !== 'string' || text.trim() === '' || text.length > 1_000 || !storable(text)) {
      throw new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', `${name} is 1 to 1000 characters that say something`);
    }
  }
  return [operator.by, operator.reason];
}

/** Postgres refuses a NUL in text, and half of a surrogate pair is no UTF-8. */
const storable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/** @param text what the statements append. */
export function readOperatorLog(text: string | null): OperatorEntry[] {
  const lines = (text ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const { at, verb, from, by, reason } = JSON.parse(line) as Omit<OperatorEntry, 'at' | 'from'> & {
      at: string;
      from: number;
    };
    return { at: new Date(at), verb, from: states[from], by, reason };
  });
}
