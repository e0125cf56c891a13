// Sensitive outcomes: with `encryption`, whoever reads the table, a dump or the WAL sees no input, progress or outcome, and
// cannot try inputs against a fingerprint.
//
// A record keeps the key that it was born under, and its fingerprint names it:
//
//   fingerprint   check value of the key (4 bytes) | HMAC-SHA-256 (32 bytes); without encryption: SHA-256 (32 bytes)
//   text          sealed.<key id>.<base64 of IV (12 bytes) | tag (16 bytes) | AES-256-GCM>
//
// So keys rotate without a retry becoming another request, and a record whose key is not here is known before it is
// touched. Every text is bound to its record, its fingerprint and its use: moved elsewhere, it does not open.
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { IdempotencyError } from './errors.ts';
import { digest, type Identity } from './identity.ts';

export interface Encryption {
  /** Id of the key that new records get. */
  readonly current: string;
  /** 32 random bytes each, by an id of 1 to 32 letters, digits, _ and -. A key stays until no record has it. */
  readonly keys: Readonly<Record<string, Uint8Array>>;
  /** For records from before there was a key: they stay plain and count. Default false: they are UNREADABLE. */
  readonly acceptPlain?: boolean;
}

/** What a text is there for. `details` are those of a wait, which stand in the column `outcome`. */
export type Use = 'input' | 'progress' | 'details' | 'succeeded' | 'rejected';

/** A record, as far as its texts are bound to it. The fingerprint in hex. */
export interface Sealable extends Identity {
  readonly fingerprint: string;
}

export interface Vault {
  /** In hex: what a new record gets, then what the same request may have got before, under another key or none. */
  fingerprintsOf(plain: string): readonly string[];
  /** What begins the fingerprints of records that can be opened: check values in hex, and `plain`. */
  readonly marks: readonly string[];
  /** Whether the key of a record is here. */
  opens(fingerprint: string): boolean;
  seal(of: Sealable, use: Use, text: string | null): string | null;
  /** @throws when the text was not sealed for this record and use under its key. */
  open(of: Sealable, use: Use, column: string | null): string | null;
}

interface Key {
  readonly id: string;
  readonly check: string;
  readonly fingerprint: Buffer;
  readonly seal: Buffer;
}

const checkHexLength = 8;
const plainHexLength = 64;

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID. */
export function openVault(encryption: Encryption | undefined): Vault {
  const keys = encryption === undefined ? [] : keysOf(encryption);
  const acceptPlain = encryption?.acceptPlain ?? encryption === undefined;
  const keyOf = (fingerprint: string) =>
    isPlain(fingerprint) ? undefined : keys.find(({ check }) => fingerprint.startsWith(check));
  return {
    fingerprintsOf: (plain) => [
      ...keys.map((key) => key.check + hmac(key.fingerprint, plain).toString('hex')),
      ...(acceptPlain ? [plain] : []),
    ],
    marks: [...keys.map(({ check }) => check), ...(acceptPlain ? ['plain'] : [])],
    opens: (fingerprint) => (isPlain(fingerprint) ? acceptPlain : keyOf(fingerprint) !== undefined),
    seal: (of, use, text) => {
      const key = keyOf(of.fingerprint);
      return key === undefined ? text : sealed(key, of, use, text ?? '');
    },
    open: (of, use, column) => {
      const key = keyOf(of.fingerprint);
      if (key === undefined) return column;
      // An outcome is always there, so one that was wiped must not read as a result of nothing.
      if (column === null && use !== 'succeeded' && use !== 'rejected') return null;
      return opened(key, of, use, column ?? '') || null;
    },
  };
}

/** The current one first. */
function keysOf({ current, keys }: Encryption): Key[] {
  const ids = Object.keys(keys).sort((a, b) => Number(b === current) - Number(a === current));
  if (ids[0] !== current) throw invalid('encryption.current names none of encryption.keys');
  return ids.map((id) => {
    const secret = keys[id];
    if (!/^[\w-]{1,32}$/.test(id)) throw invalid('the id of a key is 1 to 32 letters, digits, _ and -');
    if (!(secret instanceof Uint8Array) || secret.length !== 32) throw invalid(`the key ${id} is not 32 bytes`);
    const derive = (purpose: string) => hmac(secret, `@once/idempotency ${purpose}`);
    const check = derive('check').toString('hex').slice(0, checkHexLength);
    return { id, check, fingerprint: derive('fingerprint'), seal: derive('seal') };
  });
}

function sealed(key: Key, of: Sealable, use: Use, text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyOfRecord(key, of), iv).setAAD(boundTo(of, use));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return `sealed.${key.id}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')}`;
}

function opened(key: Key, of: Sealable, use: Use, column: string): string {
  const prefix = `sealed.${key.id}.`;
  if (!column.startsWith(prefix)) throw new TypeError('the text is not sealed under the key of its record');
  const bytes = Buffer.from(column.slice(prefix.length), 'base64');
  const decipher = createDecipheriv('aes-256-gcm', keyOfRecord(key, of), bytes.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(boundTo(of, use)).setAuthTag(bytes.subarray(12, 28));
  return decipher.update(bytes.subarray(28), undefined, 'utf8') + decipher.final('utf8');
}

/** One key per record: random IVs under a single key would repeat after too many texts. */
const keyOfRecord = (key: Key, { fingerprint }: Sealable) => hmac(key.seal, fingerprint);

const boundTo = ({ scope, operation, key, fingerprint }: Sealable, use: Use) =>
  digest(scope, operation, key, fingerprint, use);

const isPlain = (fingerprint: string) => fingerprint.length === plainHexLength;
const hmac = (secret: Uint8Array, text: string) => createHmac('sha256', secret).update(text).digest();
const invalid = (message: string) => new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', message);
