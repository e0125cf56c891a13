import type { Answered, Declined, Finish, Rejection } from './answers.ts';
import type { Claiming } from './claim.ts';
import { type Engine, refuseNested } from './engine.ts';
import type { Operator } from './operator.ts';
import { checkWait, engineFrom, type OnceOptions } from './options.ts';
import type { Outcome, Settled } from './outcome.ts';
import { execute } from './protocol.ts';
import { claimingOf } from './request.ts';
import type { Json, Storable } from './stored.ts';
import { ask } from './transact.ts';
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
import type { App, Definition, ReasonOf, StorableOf, TransactionPhase, Workflow } from './workflow.ts';

export interface Request<In> extends RecordKey {
  readonly input: In;
  /** Overrides the option of the same name, in milliseconds. */
  readonly waitMs?: number;
  /** The caller knows that it retries: the record is read first, and a replay writes nothing and costs one SELECT. */
  readonly replayHint?: boolean;
  /**
   * Whether a key may execute again once its outcome is no longer kept, instead of KEY_EXPIRED. Only for what may happen
   * twice: calls are made under the same derived keys, which the other side may have forgotten by then. Default false.
   */
  readonly rerunExpired?: boolean;
}

type Value<R> = Exclude<R, Rejection<unknown> | Finish<unknown>>;
type Named = string | { readonly name: string };

interface Transacts<Tx, S> {
  /**
   * Runs `body` once per (scope, operation, key); its writes, its result and the key are one commit. A throw undoes all
   * of it, and the same key may try again; `reject(reason)` stores a no.
   * @throws {IdempotencyError} KEY_INVALID, FINGERPRINT_MISMATCH, KEY_EXPIRED, IN_FLIGHT, NESTED, UNAVAILABLE.
   */
  transaction<R, In>(
    request: Request<In> & { readonly operation: string; readonly input: Storable<NoInfer<In>, S> },
    body: (tx: Tx) => Promise<R & Storable<Value<NoInfer<R>> | ReasonOf<NoInfer<R>>, S>>,
  ): Promise<Settled<Value<R>, ReasonOf<R>>>;
  /**
   * Makes a record due that waits or is parked.
   * @param operator kept with the record when a person does it.
   * @returns false when it is in flight, settled or not there.
   */
  wake(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
  /** Takes a record from the machines until it is woken or resolved. @returns false when it is settled or not there. */
  park(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
}

export interface Once<Tx, Services extends object, S = Json> extends Transacts<Tx, S> {
  /**
   * Runs a workflow, or goes on with it, or replays it.
   * @throws {IdempotencyError} as `transaction`, and INPUT_INVALID, LEASE_LOST, VERSION_UNKNOWN.
   */
  run<A extends App, In, Known, Early, Reason, Details, Last>(
    workflow: Workflow<A, In, Known, Early, Reason, Details, Last> & Fits<A, Tx, Services, S>,
    request: Request<NoInfer<In>>,
  ): Promise<Outcome<Last | Early, Reason, Details>>;
  /** Goes on with a record by its stored input, if it is due, and says what has become of it; undefined without one. */
  resume<A extends App, In, Known, Early, Reason, Details, Last>(
    workflow: Workflow<A, In, Known, Early, Reason, Details, Last> & Fits<A, Tx, Services, S>,
    key: RecordKey & { readonly waitMs?: number },
  ): Promise<Outcome<Last | Early, Reason, Details> | undefined>;
  /**
   * Brings the answer of the call at which a record waits or is parked, and goes on.
   * @throws {IdempotencyError} NOT_RESOLVABLE when it stands at no call, is in flight or settled.
   */
  resolve<A extends App, In, Known, Early, Reason, Details, Last>(
    workflow: Workflow<A, In, Known, Early, Reason, Details, Last> & Fits<A, Tx, Services, S>,
    key: RecordKey,
    answer: Answered<unknown> | Declined<unknown>,
    operator?: Operator,
  ): Promise<Outcome<Last | Early, Reason, Details>>;
  /** Joins a transaction that you have opened: all of it commits, or vanishes, with yours. */
  within(tx: Tx): Transacts<Tx, S>;
  find(operation: Named, key: RecordKey): Promise<RecordView | undefined>;
  /** Only for the compiler, and for the worker. */
  readonly '~types'?: { tx: Tx; services: Services; storable: S };
}

/** A workflow runs only where its transaction handle, its services and its codec are. */
export type Fits<A extends App, Tx, Services, S = Json> = [Tx] extends [A['tx']]
  ? [Services] extends [A['services']]
    ? [StorableOf<A>] extends [S]
      ? unknown
      : { readonly '~another codec': StorableOf<A> }
    : { readonly '~services missing': A['services'] }
  : { readonly '~another tx': A['tx'] };

const engines = new WeakMap<object, Engine<never>>();

/** For the worker: the engine behind a `once`. */
export const engineOf = <Tx>(once: object): Engine<Tx> => engines.get(once) as unknown as Engine<Tx>;

/** @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID when an option is out of its limits. */
export function createOnce<Tx, Services extends object = object, S = Json>(
  options: OnceOptions<Tx, Services, S>,
): Once<Tx, Services, S> {
  const engine = engineFrom(options);
  const { database } = engine;
  const waitOf = ({ waitMs }: { readonly waitMs?: number }) => checkWait(waitMs ?? engine.waitMs);
  const asked = async (definition: Definition, request: Request<unknown>, kind: Claiming['kind']) => {
    refuseNested(database, definition.name);
    const claiming = await claimingOf(engine, definition, request, kind);
    const { replayHint = false, rerunExpired = definition.rerunExpired ?? false } = request;
    const how = { waitMs: waitOf(request), replayHint, rerunExpired };
    return await execute(engine, { request: claiming, definition, claiming, ...how });
  };
  // The public types say what the engine, which knows no operation's types, returns.
  const once: Untyped<Tx> = {
    transaction: (request, body) => asked(singlePhase(request.operation, body), request, 'transaction'),
    run: (workflow, request) => asked(workflow, request, 'workflow'),
    resume: async (workflow, key) => {
      refuseNested(database, workflow.name);
      const request = requestOf(workflow.name, key);
      const how = { waitMs: waitOf(key), replayHint: true, rerunExpired: false };
      return await execute(engine, { request, definition: workflow, ...how });
    },
    resolve: async (workflow, key, answer, operator) => {
      refuseNested(database, workflow.name);
      return await resolveRecord(engine, requestOf(workflow.name, key), workflow, answer, operator);
    },
    within: (tx) => ({
      transaction: async (request, body) => {
        const claiming = await claimingOf(engine, singlePhase(request.operation, body), request, 'transaction');
        const { rerunExpired = false } = request;
        return await executeWithin(engine, claiming, tx, { waitMs: waitOf(request), rerunExpired });
      },
      wake: async (operation, key, operator) =>
        await wakeRecord(engine, requestOf(nameOf(operation), key), database.within(tx), operator),
      park: async (operation, key, operator) =>
        await parkRecord(engine, requestOf(nameOf(operation), key), database.within(tx), operator),
    }),
    find: async (operation, key) => await viewRecord(engine, requestOf(nameOf(operation), key)),
    wake: async (operation, key, operator) =>
      await wakeRecord(engine, requestOf(nameOf(operation), key), database.query, operator),
    park: async (operation, key, operator) => {
      const request = requestOf(nameOf(operation), key);
      return await ask(request, () => parkRecord(engine, request, database.query, operator));
    },
  };
  engines.set(once, engine as unknown as Engine<never>);
  return once as unknown as Once<Tx, Services, S>;
}

interface UntypedTransacts<Tx> {
  transaction(
    request: Request<unknown> & { readonly operation: string },
    body: (tx: Tx) => Promise<unknown>,
  ): Promise<unknown>;
  wake(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
  park(operation: Named, key: RecordKey, operator?: Operator): Promise<boolean>;
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
}

const nameOf = (operation: Named): string => (typeof operation === 'string' ? operation : operation.name);

const singlePhase = (name: string, body: TransactionPhase['body']): Definition => ({
  name,
  version: 1,
  phases: [{ kind: 'transaction', name: 'transaction', body }],
  earlier: [],
});
