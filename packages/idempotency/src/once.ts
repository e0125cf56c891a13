import type { Answered, Declined, Finish, Rejection } from './answers.ts';
import { canonical } from './canonical.ts';
import type { Claiming } from './claim.ts';
import { type Engine, refuseNested } from './engine.ts';
import { IdempotencyError } from './errors.ts';
import { checkIdentity, fingerprintOf, recordId } from './identity.ts';
import type { Operator } from './operator.ts';
import { checkWait, engineFrom, type OnceOptions } from './options.ts';
import type { Outcome, Settled } from './outcome.ts';
import { execute } from './protocol.ts';
import { decode, type Stored } from './stored.ts';
import { parseInput } from './takeover.ts';
import {
  parkRecord,
  type RecordKey,
  type RecordView,
  requestOf,
  resolveRecord,
  viewRecord,
  wakeRecord,
} from './verbs.ts';
import { executeWithin } from './within.ts';
import type { App, Definition, ReasonOf, TransactionPhase, Workflow } from './workflow.ts';

export interface Request<In> extends RecordKey {
  readonly input: In;
  /** Overrides the option of the same name, in milliseconds. */
  readonly waitMs?: number;
  /** The caller knows that it retries: the record is read first, and a replay writes nothing and costs one SELECT. */
  readonly replayHint?: boolean;
}

type Value<R> = Exclude<R, Rejection<unknown> | Finish<unknown>>;
type Storable<R> = Value<R> extends Stored<Value<R>> ? unknown : Stored<Value<R>>;
type Named = string | { readonly name: string };

interface Transacts<Tx> {
  /**
   * Runs `body` once per (scope, operation, key); its writes, its result and the key are one commit. A throw undoes all
   * of it, and the same key may try again; `reject(reason)` stores a no.
   * @throws {IdempotencyError} KEY_INVALID, FINGERPRINT_MISMATCH, KEY_EXPIRED, IN_FLIGHT, NESTED, UNAVAILABLE.
   */
  transaction<R, In>(
    request: Request<In> & { readonly operation: string; readonly input: Stored<NoInfer<In>> },
    body: (tx: Tx) => Promise<R & Storable<NoInfer<R>>>,
  ): Promise<Settled<Value<R>, ReasonOf<R>>>;
  /**
   * Makes a record due that waits or is parked.
   * @param operator kept with the record when a person does it.
   * @returns false when it is in flight, settled or not there.
   */
  wake(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
}

export interface Once<Tx, Services extends object> extends Transacts<Tx> {
  /**
   * Runs a workflow, or goes on with it, or replays it.
   * @throws {IdempotencyError} as `transaction`, and INPUT_INVALID, LEASE_LOST, VERSION_UNKNOWN.
   */
  run<A extends App, In, Known, Early, Reason, Details, Last>(
    workflow: Workflow<A, In, Known, Early, Reason, Details, Last> & Fits<A, Tx, Services>,
    request: Request<NoInfer<In>>,
  ): Promise<Outcome<Last | Early, Reason, Details>>;
  /** Goes on with a record by its stored input, if it is due, and says what has become of it; undefined without one. */
  resume<A extends App, In, Known, Early, Reason, Details, Last>(
    workflow: Workflow<A, In, Known, Early, Reason, Details, Last> & Fits<A, Tx, Services>,
    key: RecordKey & { readonly waitMs?: number },
  ): Promise<Outcome<Last | Early, Reason, Details> | undefined>;
  /**
   * Brings the answer of the call at which a record waits or is parked, and goes on.
   * @throws {IdempotencyError} NOT_RESOLVABLE when it stands at no call, is in flight or settled.
   */
  resolve<A extends App, In, Known, Early, Reason, Details, Last>(
    workflow: Workflow<A, In, Known, Early, Reason, Details, Last> & Fits<A, Tx, Services>,
    key: RecordKey,
    answer: Answered<unknown> | Declined<unknown>,
    operator?: Operator,
  ): Promise<Outcome<Last | Early, Reason, Details>>;
  /** Joins a transaction that you have opened: all of it commits, or vanishes, with yours. */
  within(tx: Tx): Transacts<Tx>;
  find(operation: Named, key: RecordKey): Promise<RecordView | undefined>;
  /** Takes a record from the machines until it is woken or resolved. @returns false when it is settled or not there. */
  park(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
  /** Only for the compiler, and for the worker. */
  readonly '~types'?: { tx: Tx; services: Services };
}

/** A workflow runs only where its transaction handle and its services are. */
export type Fits<A extends App, Tx, Services> = [Tx] extends [A['tx']]
  ? [Services] extends [A['services']]
    ? unknown
    : { readonly '~services missing': A['services'] }
  : { readonly '~another tx': A['tx'] };

const engines = new WeakMap<object, Engine<never>>();

/** For the worker: the engine behind a `once`. */
export const engineOf = <Tx>(once: object): Engine<Tx> => engines.get(once) as unknown as Engine<Tx>;

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when an option is out of its limits. */
export function createOnce<Tx, Services extends object = object>(
  options: OnceOptions<Tx, Services>,
): Once<Tx, Services> {
  const engine = engineFrom(options);
  const { database } = engine;
  const waitOf = ({ waitMs }: { readonly waitMs?: number }) => checkWait(waitMs ?? engine.waitMs);
  const asked = async (definition: Definition, request: Request<unknown>, kind: Claiming['kind']) => {
    refuseNested(database, definition.name);
    const claiming = await claimingOf(definition, request, kind);
    const { replayHint = false } = request;
    return await execute(engine, { request: claiming, definition, claiming, waitMs: waitOf(request), replayHint });
  };
  // The public types say what the engine, which knows no operation's types, returns.
  const once: Untyped<Tx> = {
    transaction: (request, body) => asked(singlePhase(request.operation, body), request, 'transaction'),
    run: (workflow, request) => asked(workflow, request, 'workflow'),
    resume: async (workflow, key) => {
      refuseNested(database, workflow.name);
      const request = requestOf(workflow.name, key);
      return await execute(engine, { request, definition: workflow, waitMs: waitOf(key), replayHint: true });
    },
    resolve: async (workflow, key, answer, operator) => {
      refuseNested(database, workflow.name);
      return await resolveRecord(engine, requestOf(workflow.name, key), workflow, answer, operator);
    },
    within: (tx) => ({
      transaction: async (request, body) => {
        const claiming = await claimingOf(singlePhase(request.operation, body), request, 'transaction');
        return await executeWithin(engine, claiming, tx, waitOf(request));
      },
      wake: async (operation, key, operator) =>
        await wakeRecord(engine, requestOf(nameOf(operation), key), database.within(tx), operator),
    }),
    find: async (operation, key) => await viewRecord(engine, requestOf(nameOf(operation), key)),
    wake: async (operation, key, operator) =>
      await wakeRecord(engine, requestOf(nameOf(operation), key), database.query, operator),
    park: async (operation, key, operator) => await parkRecord(engine, requestOf(nameOf(operation), key), operator),
  };
  engines.set(once, engine as unknown as Engine<never>);
  return once as unknown as Once<Tx, Services>;
}

interface UntypedTransacts<Tx> {
  transaction(
    request: Request<unknown> & { readonly operation: string },
    body: (tx: Tx) => Promise<unknown>,
  ): Promise<unknown>;
  wake(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
}
interface Untyped<Tx> extends UntypedTransacts<Tx> {
  run(workflow: Definition, request: Request<unknown>): Promise<unknown>;
  resume(workflow: Definition, key: RecordKey & { readonly waitMs?: number }): Promise<unknown>;
  resolve(
    workflow: Definition,
    key: RecordKey,
    answer: Answered<unknown> | Declined<unknown>,
    operator?: Operator,
  ): Promise<unknown>;
  within(tx: Tx): UntypedTransacts<Tx>;
  find(operation: Named, key: RecordKey): Promise<RecordView | undefined>;
  park(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
}

const nameOf = (operation: Named): string => (typeof operation === 'string' ? operation : operation.name);

const singlePhase = (name: string, body: TransactionPhase['body']): Definition => ({
  name,
  version: 1,
  phases: [{ kind: 'transaction', name: 'transaction', body }],
  earlier: [],
});

/** Everything that can be wrong with a request is found here, before anything is sent. */
async function claimingOf(
  definition: Definition,
  request: Request<unknown>,
  kind: Claiming['kind'],
): Promise<Claiming> {
  const identity = { operation: definition.name, scope: request.scope, key: request.key };
  checkIdentity(identity);
  const canonicalInput = canonicalOf(definition.name, request.input);
  return {
    ...identity,
    id: recordId(identity),
    fingerprint: fingerprintOf(identity, canonicalInput),
    definition,
    kind,
    canonicalInput,
    // Parsed from the text that is stored: a later holder must get the same.
    input: await parseInput(definition, decode(canonicalInput)),
  };
}

function canonicalOf(operation: string, input: unknown): string {
  try {
    return canonical(input ?? null);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new IdempotencyError('IDEMPOTENCY_INPUT_INVALID', message, { operation, issues: [{ message }] }, error);
  }
}
