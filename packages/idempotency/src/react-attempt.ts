// One thing that shall happen once, as a browser sees it: a payment, a booking. Its key is not random but
// `<id>.<number of final refusals>`, so a reload, Back and a second tab compute the same one without asking each other.
//
//   new ─▶ sent ─▶ settled           the number stays, whatever is lost: the server answers a repetition alike
//            └────▶ refused for good: new, with the next number
//
// Two tabs that hear the same refusal both write n + 1; neither adds one to what it finds.
import { readTexts, writeText } from './react-store.ts';

export interface Kept {
  /** Final refusals before this attempt. */
  readonly number: number;
  readonly phase: 'new' | 'sent' | 'settled';
  /** What was sent under this number and has no final answer, as JSON. */
  readonly sent?: string | undefined;
}

const place = (id: string) => `idempotency.attempt.${id}`;

/** @param refusals those that the server has counted: its number wins over an older one that is kept here */
export function readKept(id: string, refusals = 0): Kept {
  const kept = readTexts(place(id)).map(parsed).reduce(later);
  return kept.number < refusals ? { number: refusals, phase: 'new' } : kept;
}

/** Keeps `next`, unless what is kept is later: a slow tab does not turn the clock back. */
export function keep(id: string, next: Kept): void {
  if (later(readKept(id), next) === next) writeText(place(id), JSON.stringify(next));
}

/** Forgets what was sent under a number, and that it was: it can never be accepted. */
export function forget(id: string, number: number): void {
  const kept = readKept(id);
  if (kept.number === number && kept.phase === 'sent') writeText(place(id), JSON.stringify({ number, phase: 'new' }));
}

const phases = ['new', 'sent', 'settled'] as const;

/** The second where they are equally late. */
function later(a: Kept, b: Kept): Kept {
  if (a.number !== b.number) return a.number > b.number ? a : b;
  return phases.indexOf(a.phase) > phases.indexOf(b.phase) ? a : b;
}

// Anything may stand in a browser's storage.
function parsed(text: string | null | undefined): Kept {
  try {
    const { number, phase, sent } = JSON.parse(text ?? '') as Partial<Kept>;
    if (Number.isSafeInteger(number) && phase !== undefined && phases.includes(phase))
      return { number: number as number, phase, ...(typeof sent === 'string' && { sent }) };
  } catch {
    // As if nothing were kept.
  }
  return { number: 0, phase: 'new' };
}
