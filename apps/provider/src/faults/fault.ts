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
 * A fault that waits, or kills the process, does so inside `at`.
 */
export type FaultPhase = 'edge' | 'pre' | 'post' | 'wire';

/** The request, as far as a rule may want to match it. */
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
export interface DeliveryEffect {
  readonly name: string;
  send(response: ServerResponse, delivery: Delivery): void;
}

export interface Delivery {
  /** Writes the status line and the headers. */
  readonly head: () => void;
  readonly body: string;
}

/** What a fault can do in each place; nothing, where it only waited. */
export interface EffectAt {
  readonly edge: AnswerEffect | ConnectionEffect;
  readonly pre: AnswerEffect | ExecutionEffect;
  readonly post: AnswerEffect;
  readonly wire: DeliveryEffect;
}

export interface Faults {
  /** @param answer the request's own, in `post` and `wire`. */
  at<P extends FaultPhase>(phase: P, request: FaultableRequest, answer?: Answer): Promise<EffectAt[P] | undefined>;
}
