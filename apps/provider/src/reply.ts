import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { Arrival } from './arrival.ts';
import type { FaultEffect } from './faults.ts';
import type { Journal } from './journal.ts';

/** The way back to the client: one of these is sent, and the journal says which. */
export class Reply {
  readonly #journal: Journal;
  readonly #arrival: Arrival;
  readonly #response: ServerResponse;

  constructor(journal: Journal, arrival: Arrival, response: ServerResponse) {
    this.#journal = journal;
    this.#arrival = arrival;
    this.#response = response;
  }

  /** @param originalRequestId the request whose answer this is, where a key is involved. */
  answer(answer: Answer, originalRequestId?: string): void {
    this.#log(answer.status, 'answer');
    this.#write(answer, originalRequestId === undefined ? {} : { 'original-request': originalRequestId });
  }

  /** What the first request with this key was answered, byte for byte. */
  replay(answer: Answer, originalRequestId: string): void {
    this.#log(answer.status, 'replay');
    this.#write(answer, { 'original-request': originalRequestId, 'idempotent-replayed': 'true' });
  }

  /** What a fault makes of it. @param answer the request's own, where there is one already. */
  fault(effect: FaultEffect, answer: Answer | undefined): void {
    this.#log(effect.kind === 'answer' ? effect.answer.status : null, effect.name);
    if (effect.kind === 'answer') this.#write(effect.answer, {});
    else effect.send(this.#response, answer);
  }

  #log(status: number | null, sent: string): void {
    const heard = this.#response.destroyed ? `${sent} (the client was gone)` : sent;
    this.#journal.answered(this.#arrival.requestId, status, heard);
  }

  #write(answer: Answer, extra: Record<string, string>): void {
    const { requestId, stripeVersion, idempotencyKey } = this.#arrival;
    this.#response.writeHead(answer.status, {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(answer.body),
      'request-id': requestId,
      'stripe-version': stripeVersion,
      ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      ...(answer.retry !== 'unsaid' && { 'stripe-should-retry': String(answer.retry === 'yes') }),
      ...extra,
    });
    this.#response.end(answer.body);
  }
}
