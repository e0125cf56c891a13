// A request as it comes from outside: everything that can be wrong with it is found here, before anything is sent.
import { isDeepStrictEqual } from 'node:util';
import { canonical } from './canonical.ts';
import type { Claiming } from './claim.ts';
import type { Engine } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import { checkIdentity, fingerprintOf, type Identity, recordId } from './identity.ts';
import { parseInput } from './takeover.ts';
import { isTooLarge } from './texts.ts';
import type { Definition } from './workflow.ts';

/** @throws {IdempotencyError} IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_INPUT_INVALID. */
export async function claimingOf<Tx>(
  engine: Engine<Tx>,
  definition: Definition,
  { scope, key, input }: Omit<Identity, 'operation'> & { readonly input: unknown },
  kind: Claiming['kind'],
): Promise<Claiming> {
  const identity = { operation: definition.name, scope, key };
  checkIdentity(identity);
  const { stored, compared } = textsOf(engine, definition.name, input ?? null);
  if (kind === 'workflow' && isTooLarge(engine, stored)) {
    throw invalid(definition.name, new RangeError(`the input is larger than ${engine.maxOutcomeBytes} bytes`));
  }
  const fingerprints = engine.texts.fingerprintsOf(fingerprintOf(identity, compared));
  return {
    ...identity,
    id: recordId(identity),
    fingerprints,
    fingerprint: fingerprints[0] ?? '',
    definition,
    kind,
    inputText: stored,
    // Parsed from the text that is stored: a later holder must get the same.
    input: await parseInput(definition, engine.texts.decode(stored)),
    again: false,
  };
}

/** The input as it is stored, and the text by which two of them are the same. */
function textsOf<Tx>({ texts }: Engine<Tx>, operation: string, input: unknown): { stored: string; compared: string } {
  try {
    if (texts.isJson) {
      const text = canonical(input);
      return { stored: text, compared: text };
    }
    const stored = texts.encode(input) ?? 'null';
    return { stored, compared: jsonOf(input) ?? throughCodec(texts.decode(stored), input, stored) };
  } catch (error) {
    throw invalid(operation, error);
  }
}

function jsonOf(input: unknown): string | undefined {
  try {
    return canonical(input);
  } catch {
    return undefined;
  }
}

/** What JSON cannot hold counts by the codec's own text, which no JSON input can have, and must come back as it was. */
function throughCodec(copy: unknown, input: unknown, stored: string): string {
  if (!isDeepStrictEqual(copy, input)) throw new TypeError('the codec does not give back what it was given');
  return `codec ${canonical(JSON.parse(stored))}`;
}

function invalid(operation: string, error: unknown): IdempotencyError {
  const message = error instanceof Error ? error.message : String(error);
  return new IdempotencyError('IDEMPOTENCY_INPUT_INVALID', message, { operation, issues: [{ message }] }, error);
}
