import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { FormHash } from './form.ts';

/**
 * The places in a request's life where something can go wrong on purpose:
 *
 *   edge   it has just arrived: nothing was checked, nothing will be stored
 *   pre    its key is taken and its intent is locked, nothing has happened yet
 *   post   its effects and its answer are committed, nothing was sent
 *
 * A fault that waits, or kills the process, does so inside `at`.
 */
export type FaultPhase = 'edge' | 'pre' | 'post';

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

export type FaultEffect =
  /** This answer instead of the request's own. Stored: it becomes what the idempotency key answers from now on. */
  | { readonly kind: 'answer'; readonly name: string; readonly answer: Answer; readonly stored: boolean }
  /** Whatever this does to the connection; the answer, where there is one already, stays stored and is not sent. */
  | {
      readonly kind: 'connection';
      readonly name: string;
      send(response: ServerResponse, answer: Answer | undefined): void;
    };

export interface Faults {
  at(phase: FaultPhase, request: FaultableRequest): Promise<FaultEffect | undefined>;
}

export const noFaults: Faults = { at: () => Promise.resolve(undefined) };
