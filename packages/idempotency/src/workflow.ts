// A workflow is data: its phases in order, bound to no connection. The chain exists so that each phase sees the types
// of the ones before it, a call is always followed by a transaction that keeps its answer, and the compiler says so.
import type { Answer, Answered, Declined, Finish, Rejection, Waiting } from './answers.ts';
import { IdempotencyError } from './errors.ts';
import { isOperationName } from './identity.ts';
import type { Json, Storable } from './stored.ts';

/** What the phases of an application's workflows may use: its transaction handle, and the services of its calls. */
export interface App {
  readonly tx: unknown;
  readonly services: object;
  /** What may be stored: of the codec, where createOnce gets one. Default JSON. */
  readonly storable?: unknown;
}

/** https://standardschema.dev: zod, valibot, arktype and others. */
export interface StandardSchema<In, Out> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>;
    readonly types?: { readonly input: In; readonly output: Out } | undefined;
  };
}
type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** What `send`, `lookup` and `cancel` get. No transaction is open. */
export interface CallContext<Services extends object = object> {
  readonly services: Services;
  /** The key to send downstream: equal in every try, so that the other side can recognise a repetition. */
  readonly key: string;
  /** Aborts before the lease ends. Whatever has not answered by then is unknown. */
  readonly signal: AbortSignal;
  /** Milliseconds until `signal` aborts, counted from the start of this function. */
  readonly timeoutMs: number;
  /**
   * Milliseconds of the lease that are left now. Ask right before sending what must not be sent twice: a process that
   * was frozen may wake up after its lease, before its timers have aborted `signal`. At 0 or less, send nothing.
   */
  readonly leftMs: () => number;
  /** The number of this taking of the record. Never derive a key from it. */
  readonly fence: number;
  /** Details of the last `waiting` answer of this call: it was sent and received. Undefined when there was none. */
  readonly waited: unknown;
}

export interface CallOptions<
  A extends App,
  Known,
  Sent extends Answer,
  Found extends Answer,
  Cancelled extends Answer,
> {
  /** The key to send downstream, where it must not depend on the idempotency key. A pure function of what is known. */
  readonly key?: (known: Known) => string;
  /** Sends it. A throw counts as unknown: the other side may have acted. */
  readonly send: (call: CallContext<A['services']>, known: Known) => Promise<Sent>;
  /** Asks what became of it. Runs before any second send; only its `absent` allows one. */
  readonly lookup?: (call: CallContext<A['services']>, known: Known) => Promise<Found>;
  /** Makes sure that it will not happen, or says that it has. Runs instead of a second send past `resendWithinMs`. */
  readonly cancel?: (call: CallContext<A['services']>, known: Known) => Promise<Cancelled>;
  /**
   * How long the other side remembers the key, less a margin, in milliseconds from the commit before the call. Later
   * nothing is sent again: `cancel` runs, or the record is parked for an operator. Unlimited by default.
   */
  readonly resendWithinMs?: number;
}

export interface TransactionPhase {
  readonly kind: 'transaction';
  readonly name: string;
  readonly body: (tx: never, known: never) => Promise<unknown>;
}
export interface CallPhase {
  readonly kind: 'call';
  readonly name: string;
  readonly key?: (known: never) => string;
  readonly send: (call: never, known: never) => Promise<Answer>;
  readonly lookup?: (call: never, known: never) => Promise<Answer>;
  readonly cancel?: (call: never, known: never) => Promise<Answer>;
  readonly resendWithinMs?: number;
}
export type Phase = TransactionPhase | CallPhase;

/** A workflow as the engine sees it. */
export interface Definition {
  readonly name: string;
  readonly version: number;
  readonly phases: readonly Phase[];
  readonly schema?: StandardSchema<unknown, unknown>;
  /** Older versions whose records finish by their own phases. */
  readonly earlier: readonly Definition[];
  readonly rerunExpired?: boolean;
}

type Plain<R> = Exclude<R, Rejection<unknown> | Finish<unknown>>;
export type ReasonOf<R> = R extends Rejection<infer X> ? X : never;
type FinishOf<R> = R extends Finish<infer X> ? X : never;
type Flat<T> = { readonly [K in keyof T]: T[K] } & {};
type Fresh<Known, N extends string> = N extends keyof Known ? `"${N}" is taken` : N;
/** What may be stored of an application's workflows. */
export type StorableOf<A> = A extends { readonly storable: infer S } ? S : Json;
type Refused<T, S> = unknown extends Storable<T, S> ? never : Storable<T, S>;
/** Whatever of a phase's result is stored: its value, and the reason or the value of an early end. */
type Result<R, A extends App> = [Refused<Plain<R> | ReasonOf<R> | FinishOf<R>, StorableOf<A>>] extends [never]
  ? unknown
  : Promise<Refused<Plain<R> | ReasonOf<R> | FinishOf<R>, StorableOf<A>>>;
type ContentOf<S extends Answer> = S extends Answered<infer V> | Declined<infer V> | Waiting<infer V> ? V : never;
type Answers<S extends Answer, A extends App> = Storable<ContentOf<S>, StorableOf<A>>;
type Final<S extends Answer> =
  S extends Answered<infer V> ? Answered<V> : S extends Declined<infer R> ? Declined<R> : never;
type DetailsOf<S extends Answer> = S extends Waiting<infer D> ? D : never;

interface Transactions<A extends App, In, Known, Early, Reason, Details> {
  /** One commit: these writes, the recovery point and, in the last phase, the outcome. A throw undoes all of it. */
  transaction<const N extends string, R>(
    name: Fresh<Known, N>,
    body: (tx: A['tx'], known: Flat<Known>) => Promise<R> & Result<NoInfer<R>, A>,
  ): Workflow<A, In, Known & { [K in N]: Plain<R> }, Early | FinishOf<R>, Reason | ReasonOf<R>, Details, Plain<R>>;
}
interface Calls<A extends App, In, Known, Early, Reason, Details> {
  /** An effect outside the database. Only `.transaction` may follow: an answer is kept before anything else is sent. */
  call<const N extends string, S extends Answer, F extends Answer = never, C extends Answer = never>(
    name: Fresh<Known, N>,
    options: CallOptions<A, Flat<Known>, S, F, C> & Answers<NoInfer<S | F | C>, A>,
  ): Transactions<A, In, Known & { [K in N]: Final<S | F | C> }, Early, Reason, Details | DetailsOf<S | F | C>>;
}
interface Phases<A extends App, In, Known, Early, Reason>
  extends Transactions<A, In, Known, Early, Reason, never>,
    Calls<A, In, Known, Early, Reason, never> {}

/** A workflow that can be run: its last phase is a transaction. */
export interface Workflow<A extends App, In, Known, Early, Reason, Details, Last>
  extends Definition,
    Transactions<A, In, Known, Early, Reason, Details>,
    Calls<A, In, Known, Early, Reason, Details> {
  /** Only for the compiler. */
  readonly '~types'?: { app: (app: A) => void; input: In; value: Last | Early; reason: Reason; details: Details };
}
interface Start<A extends App, Early = never, Reason = never> extends Phases<A, null, { input: null }, Early, Reason> {
  /** The input's schema. Phases get its output as `known.input`; the raw input is fingerprinted and stored. */
  input<In, Out>(schema: StandardSchema<In, Out>): Phases<A, In, { input: Out }, Early, Reason>;
}
interface NewWorkflow<A extends App> extends Start<A> {
  /** Records begun by an older version finish by its phases; so its values and reasons join ours. */
  replaces<In, Known, Early, Reason, Details, Last>(
    older: Workflow<A, In, Known, Early, Reason, Details, Last>,
  ): Start<A, Early | Last, Reason>;
}

export interface WorkflowOptions {
  /** Raise it when phases change. Default 1. */
  readonly version?: number;
  /** As in a request: whether a key may execute again once its outcome is no longer kept. Default false. */
  readonly rerunExpired?: boolean;
}

/**
 * Starts the description of an operation with calls to the outside.
 * @param name stable: it is part of every record's identity.
 * @throws {IdempotencyError} IDEMPOTENCY_OPTION_INVALID for a malformed or repeated name.
 */
export function workflow<A extends App>(name: string, options: WorkflowOptions = {}): NewWorkflow<A> {
  if (!isOperationName(name)) throw invalid(`"${name}" is no name for a workflow`);
  const { version = 1, rerunExpired = false } = options;
  if (!Number.isSafeInteger(version) || version < 1) throw invalid(`${name}: a version is a whole number from 1`);
  return link({ name, version, rerunExpired, phases: [], earlier: [] }) as unknown as NewWorkflow<A>;
}

function link(definition: Definition): object {
  const add = (phase: Phase) => {
    const taken = ['input', ...definition.phases.map((p) => p.name)];
    // Names are recovery points: a phase repeated after a lost COMMIT recognises its own by the name.
    if (phase.name === '' || taken.includes(phase.name)) throw invalid(`${definition.name}: "${phase.name}" is taken`);
    return link({ ...definition, phases: [...definition.phases, phase] });
  };
  return {
    ...definition,
    input: (schema: StandardSchema<unknown, unknown>) => link({ ...definition, schema }),
    replaces: (older: Definition) => link({ ...definition, earlier: [older, ...older.earlier] }),
    transaction: (name: string, body: TransactionPhase['body']) => add({ kind: 'transaction', name, body }),
    call: (name: string, options: Omit<CallPhase, 'kind' | 'name'>) => add({ ...options, kind: 'call', name }),
  };
}

const invalid = (message: string) => new IdempotencyError('IDEMPOTENCY_OPTION_INVALID', message);
