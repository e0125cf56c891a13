// Values as texts and back: what the columns input, progress and outcome hold.
import { type Engine, factsOf, type Request } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import type { Identity } from './identity.ts';
import type { Sealable, Use, Vault } from './seal.ts';
import type { Codec } from './stored.ts';

export interface Texts extends Omit<Vault, 'open'> {
  /** Without a codec of its own: the canonical text of an input is then what is stored of it. */
  readonly isJson: boolean;
  /** Null stands for `undefined`, which JSON has no text for. @throws {IdempotencyError} OUTCOME_INVALID. */
  encode(value: unknown): string | null;
  /** Only for text that `encode` gave. */
  decode(text: string | null): unknown;
  /** Opens and decodes a column. @throws {IdempotencyError} UNREADABLE. */
  read(of: Sealable, use: Use, column: string | null | undefined): unknown;
}

export function textsOf(codec: Codec<unknown>, vault: Vault): Texts {
  const decode = (text: string | null) => (text === null ? undefined : codec.parse(text));
  return {
    ...vault,
    isJson: codec === JSON,
    decode,
    encode: (value) => {
      const text = stringified(codec, value);
      // Postgres holds no NUL, and a lone surrogate would silently become another character.
      if (text === null || (text.isWellFormed() && !text.includes('\0'))) return text;
      throw invalid('the codec has made a text that Postgres cannot hold');
    },
    read: (of, use, column) => {
      try {
        return decode(vault.open(of, use, column ?? null));
      } catch (error) {
        throw unreadable(of, `what is stored as ${use} was altered, or written by another codec or key`, error);
      }
    },
  };
}

/** What a reader will find: the first run works with the same copy as every later one. */
export const storedCopy = ({ texts }: { readonly texts: Texts }, value: unknown): unknown =>
  texts.decode(texts.encode(value));

/** Before a record is touched: without its key nothing could be done with it but harm. */
export function refuseUnreadable<Tx>({ texts }: Engine<Tx>, request: Request, fingerprint: string): void {
  if (!texts.opens(fingerprint)) throw unreadable(request, 'the record was sealed under a key that is not here');
}

/** @returns progress as it is stored. @throws {IdempotencyError} OUTCOME_INVALID: without it nobody could go on. */
export function progressText<Tx>(engine: Engine<Tx>, of: Sealable, known: Readonly<Record<string, unknown>>) {
  const { input: _, ...progress } = known; // which has a column of its own
  const text = engine.texts.encode(progress);
  if (isTooLarge(engine, text)) {
    throw invalid(`the phases together returned more than maxOutcomeBytes (${engine.maxOutcomeBytes})`);
  }
  return engine.texts.seal(of, 'progress', text);
}

export const isTooLarge = ({ maxOutcomeBytes }: { readonly maxOutcomeBytes: number }, text: string | null): boolean =>
  text !== null && Buffer.byteLength(text) > maxOutcomeBytes;

function stringified(codec: Codec<unknown>, value: unknown): string | null {
  try {
    return codec.stringify(value) ?? null;
  } catch (error) {
    throw invalid(`it cannot be stored: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

const invalid = (message: string, cause?: unknown) =>
  new IdempotencyError('IDEMPOTENCY_OUTCOME_INVALID', message, {}, cause);

const unreadable = (of: Identity, message: string, cause?: unknown) =>
  new IdempotencyError('IDEMPOTENCY_UNREADABLE', message, { ...factsOf(of), retryAfterMs: 5_000 }, cause);
