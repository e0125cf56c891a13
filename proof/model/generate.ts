// The states of a record and what moves it, read from the library's SQL: a model that was written beside the code would soon
// be a model of something else. record.pml is what comes of it; test/model.test.ts compares the two.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// @boundaries-ignore the statements are not part of what the library exports, and are what the model is about
import {
  advance,
  expire,
  forget,
  settle,
  states,
  takeOver,
  wait,
  wake,
} from '../../packages/idempotency/src/statements.ts';

export const RECORD_PML = fileURLToPath(new URL('./record.pml', import.meta.url));

export interface Transition {
  readonly name: string;
  /** From which states it moves a record. */
  readonly from: readonly number[];
  /** Its WHERE names the fence. */
  readonly isFenced: boolean;
  readonly raisesFence: boolean;
  /** It moves only what is due. */
  readonly isIfDue: boolean;
}

const MOVES = { advance, settle, wait, takeOver, wake, expire, forget };

/** @throws {RangeError} for a statement whose WHERE names no state: it would move a record from any */
export function transitionOf(name: string, text: string): Transition {
  const where = text.slice(text.lastIndexOf('where '));
  const allowed = /\bstate (?:= (\d)|in \(([\d, ]+)\))/.exec(where);
  if (allowed === null) throw new RangeError(`${name} moves a record whatever its state`);
  return {
    name,
    from: (allowed[1] ?? allowed[2] ?? '').split(',').map(Number),
    isFenced: /\bfence = \$2/.test(where),
    raisesFence: /fence = fence \+ 1/.test(text),
    isIfDue: /due_at <= statement_timestamp\(\)/.test(where),
  };
}

export const transitions = (): Transition[] => Object.entries(MOVES).map(([name, text]) => transitionOf(name, text));

/** The whole of record.pml. */
export function recordPml(): string {
  const names = [...states.map((state) => state.toUpperCase()), 'GONE'];
  const macros = transitions().flatMap(({ name, from, isFenced, raisesFence, isIfDue }) => {
    const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const guard = from.map((state) => `(s) == ${names[state]}`).join(' || ');
    return [
      `#define ${snake}_from(s) (${guard})`,
      `#define ${snake.toUpperCase()}_FENCED ${Number(isFenced)}`,
      `#define ${snake.toUpperCase()}_RAISES_FENCE ${Number(raisesFence)}`,
      `#define ${snake.toUpperCase()}_IF_DUE ${Number(isIfDue)}`,
    ];
  });
  return [
    '/* Generated from packages/idempotency/src/statements.ts: node proof/model/generate.ts > proof/model/record.pml */',
    ...names.map((name, number) => `#define ${name} ${number}`),
    ...macros,
    '',
  ].join('\n');
}

export const committedPml = (): string => readFileSync(RECORD_PML, 'utf8');

if (import.meta.main) process.stdout.write(recordPml());
