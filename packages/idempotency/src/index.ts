export type { Absent, Answer, Answered, Declined, Finish, Rejection, Unknown, Waiting } from './answers.ts';
export { absent, answered, declined, finish, reject, unknown, waiting } from './answers.ts';
export type { Database, TransactionOf } from './database.ts';
export type { IdempotencyEvent, Redact, Shown, Span, SpanOf } from './engine.ts';
export type { IdempotencyCode, IdempotencyFacts } from './errors.ts';
export { IdempotencyError, isIdempotencyError, LeaseLostError } from './errors.ts';
export type { Fits, Once, Request } from './once.ts';
export { createOnce } from './once.ts';
export type { Operator, OperatorEntry } from './operator.ts';
export type { OnceOptions } from './options.ts';
export type { Outcome, OutcomeOf, Settled } from './outcome.ts';
export type { Encryption } from './seal.ts';
export type { State } from './statements.ts';
export type { Codec, Json, Storable, Stored } from './stored.ts';
export type { RecordKey, RecordView } from './verbs.ts';
export type {
  App,
  CallContext,
  CallOptions,
  Definition,
  StandardSchema,
  Workflow,
  WorkflowOptions,
} from './workflow.ts';
export { workflow } from './workflow.ts';
