// Procedures for tRPC 11, to `.concat()` onto yours: behind those that authorise, before the mutation. The key travels in
// the input, because the mutations of one HTTP batch share their headers. The operation is the procedure's path.
import {
  initTRPC,
  type TRPC_ERROR_CODE_KEY,
  type TRPCCombinedDataTransformer,
  type TRPCDataTransformer,
  TRPCError,
} from '@trpc/server';
import { exitOf } from './answers.ts';
import { type IdempotencyCode, IdempotencyError, isIdempotencyError } from './errors.ts';
import type { Once } from './once.ts';

// A record of all codes, so that a new one does not compile until somebody decides what the client is told.
const codes: Readonly<Record<IdempotencyCode, TRPC_ERROR_CODE_KEY>> = {
  IDEMPOTENCY_KEY_INVALID: 'BAD_REQUEST',
  IDEMPOTENCY_INPUT_INVALID: 'BAD_REQUEST',
  IDEMPOTENCY_FINGERPRINT_MISMATCH: 'UNPROCESSABLE_CONTENT',
  IDEMPOTENCY_KEY_EXPIRED: 'UNPROCESSABLE_CONTENT',
  IDEMPOTENCY_IN_FLIGHT: 'CONFLICT',
  IDEMPOTENCY_LEASE_LOST: 'CONFLICT',
  IDEMPOTENCY_NOT_RESOLVABLE: 'CONFLICT',
  IDEMPOTENCY_VERSION_UNKNOWN: 'SERVICE_UNAVAILABLE',
  IDEMPOTENCY_UNREADABLE: 'SERVICE_UNAVAILABLE',
  IDEMPOTENCY_UNAVAILABLE: 'SERVICE_UNAVAILABLE',
  IDEMPOTENCY_OUTCOME_INVALID: 'INTERNAL_SERVER_ERROR',
  IDEMPOTENCY_NESTED: 'INTERNAL_SERVER_ERROR',
  IDEMPOTENCY_TRANSACTION_OVER: 'INTERNAL_SERVER_ERROR',
  IDEMPOTENCY_OPTION_INVALID: 'INTERNAL_SERVER_ERROR',
};

export interface AttemptOptions<Context> {
  /** Whose namespace the key lives in. @param input the raw input, not yet checked by your schema */
  readonly scope: (ctx: Context, input: unknown) => string | Promise<string>;
}

/**
 * Adds `idempotencyKey` to the input and `ctx.attempt`, which is `{ scope, key }` for `once.run`. Refusals of the library
 * get the transport's code for them.
 */
export function attempts<Context extends object>({ scope }: AttemptOptions<Context>) {
  return initTRPC
    .context<Context>()
    .create()
    .procedure.input(withKey)
    .use(async ({ ctx, input, getRawInput, next }) => {
      const attempt = { scope: await scope(ctx as unknown as Context, await getRawInput()), key: input.idempotencyKey };
      const result = await next({ ctx: { attempt } });
      if (result.ok || !isIdempotencyError(result.error.cause)) return result;
      throw asTRPCError(result.error.cause);
    });
}

export interface TransactionalOptions<Context> extends AttemptOptions<Context> {
  /** The one given to `initTRPC.create`: what is stored must come back as what the mutation returned. Without: JSON. */
  readonly transformer?: TRPCDataTransformer | TRPCCombinedDataTransformer;
  /** How long a duplicate waits for the first one's result, in milliseconds; else the `once`'s own. */
  readonly waitMs?: number;
}

/**
 * `attempts`, and the whole mutation is one transaction: adds `ctx.tx`. What the mutation returns is stored with its
 * writes; what it throws undoes them and is not stored, so the same key may try again.
 */
export function transactional<Tx, Context extends object>(
  once: Pick<Once<Tx, object>, 'transaction'>,
  options: TransactionalOptions<Context>,
) {
  const { transformer = asItIs, waitMs } = options;
  const codec = 'input' in transformer ? transformer : { input: transformer, output: transformer };
  return attempts<Context>(options).use(async ({ ctx, path, type, getRawInput, next }) => {
    if (type !== 'mutation') throw bug(`${path} is a ${type}: only a mutation is done once`);
    const { idempotencyKey: _, ...input } = (await getRawInput()) as Record<string, unknown>;
    const asked = { operation: path, ...ctx.attempt, input: codec.input.serialize(input) as unknown as null };
    let ran: Awaited<ReturnType<typeof next<{ tx: Tx }>>> | undefined;
    const settled = await once.transaction({ ...asked, ...(waitMs !== undefined && { waitMs }) }, async (tx) => {
      ran = await next({ ctx: { tx } });
      if (!ran.ok) throw ran.error;
      if (exitOf(ran.data)) throw bug(`${path} returned reject() or finish(), which a client cannot read`);
      return codec.output.serialize(ran.data) as null;
    });
    const data: unknown = codec.output.deserialize(settled.status === 'succeeded' ? settled.value : settled.reason);
    // tRPC exports its marker for results under a path that says not to; a test pins what it does.
    return { ...(ran ?? { ok: true, marker: 'middlewareMarker' }), data } as NonNullable<typeof ran>;
  });
}

/** For your `errorFormatter`: `data: { ...shape.data, idempotency: idempotencyData(error) }`. */
export const idempotencyData = ({
  cause,
}: TRPCError): { readonly code: IdempotencyCode; readonly retryAfterMs: number | null } | null =>
  isIdempotencyError(cause) ? { code: cause.code, retryAfterMs: cause.facts.retryAfterMs ?? null } : null;

/** A refusal of the library as tRPC's error, for code of your own. */
export const asTRPCError = (cause: IdempotencyError): TRPCError =>
  new TRPCError({ code: codes[cause.code], message: cause.message, cause });

/** The text itself is checked by the operation. */
function withKey(input: unknown): { idempotencyKey: string } {
  const key: unknown = typeof input === 'object' && input !== null && 'idempotencyKey' in input && input.idempotencyKey;
  if (typeof key === 'string') return { idempotencyKey: key };
  throw new IdempotencyError('IDEMPOTENCY_KEY_INVALID', 'idempotencyKey is missing, or no text');
}

const asItIs: TRPCDataTransformer = { serialize: (value) => value, deserialize: (value) => value };

const bug = (message: string) => new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', message);
