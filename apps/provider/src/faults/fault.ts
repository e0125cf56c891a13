import type { ServerResponse } from 'node:http';
import type { Answer } from '../answer.ts';
import type { Overrides } from '../call.ts';
import type { FormHash } from '../form.ts';

/**
 * The places in a request's life where something can go wrong on purpose:
 *
 *   edge   it has just arrived: nothing was checked, nothing will be stored
 *   pre    its key is taken and its intent is locked, nothing has happened yet
 *   post   its effects and its answer are committed, nothing was sent
 *   wire   an answer is about to go: the request's own, or the replay of an earlier one
 *
 * and in the life of an event:
 *
 *   queue    it is queued for an endpoint, in the transaction that makes it
 *   webhook  it is about to be sent there
 *
 * A fault that waits, or kills the process, does so inside `at`.
 */
export type FaultPhase = 'edge' | 'pre' | 'post' | 'wire' | 'queue' | 'webhook';

/** The request, or the delivery of an event, as far as a rule may want to match it. */
export interface FaultableRequest {
  readonly requestId: string;
  readonly account: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly params: FormHash;
  readonly idempotencyKey: string | undefined;
  readonly intentId: string | undefined;
  /** `metadata.order_id` of the request, else of the intent it is about. */
  readonly orderId: string | undefined;
  /** Of a delivery only. */
  readonly eventType?: string | undefined;
}

/** Another answer instead of the request's own. */
export interface AnswerEffect {
  readonly kind: 'answer';
  readonly name: string;
  readonly answer: Answer;
  readonly headers?: Readonly<Record<string, string>>;
  /** It becomes what the idempotency key answers from now on. */
  readonly stored: boolean;
}

/** The request runs, but not as it would have. */
export interface ExecutionEffect {
  readonly kind: 'execution';
  readonly overrides: Overrides;
}

/** Something done to the connection of a request that has no answer yet. */
export interface ConnectionEffect {
  readonly kind: 'connection';
  readonly name: string;
  send(response: ServerResponse): void;
}

/** Something done to an answer on its way; what is stored stays. */
export interface WireEffect {
  readonly name: string;
  send(response: ServerResponse, outgoing: Outgoing): void;
}

/** What becomes of an event that is queued. */
export type QueueEffect =
  | { readonly kind: 'before_response' | 'drop' | 'hold' | 'reorder' }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'duplicate'; readonly of: 'same_event' | 'new_event'; readonly ms: number };

/** How one try of a delivery is signed. */
export interface SigningEffect {
  readonly name: string;
  /** How long ago the signature says that it was made. */
  readonly ageMs: number;
  /** Undefined: with a secret that nobody has. */
  readonly secret: 'valid' | 'old' | undefined;
}

export interface Outgoing {
  /** Writes the status line and the headers. */
  readonly head: () => void;
  readonly body: string;
}

/** What a fault can do in each place; nothing, where it only waited. */
export interface EffectAt {
  readonly edge: AnswerEffect | ConnectionEffect;
  readonly pre: AnswerEffect | ExecutionEffect;
  readonly post: AnswerEffect;
  readonly wire: WireEffect;
  readonly queue: QueueEffect;
  readonly webhook: SigningEffect;
}

export interface Faults {
  /** @param answer the request's own, in `post` and `wire`. */
  at<P extends FaultPhase>(phase: P, request: FaultableRequest, answer?: Answer): Promise<EffectAt[P] | undefined>;
  /** For what happens inside a transaction: that it was hit is part of the transaction, too. */
  within(phase: 'queue', request: FaultableRequest): QueueHit | undefined;
}

export interface QueueHit {
  readonly effect: QueueEffect;
  readonly ruleId: string;
  /** It was the last one that the rule was armed for. */
  readonly isUsedUp: boolean;
}
