import type { ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { Arrival } from './arrival.ts';
import type { AnswerEffect, ConnectionEffect, WireEffect } from './faults/fault.ts';
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

  /**
   * @param originalRequestId the request whose answer this is, where a key is involved
   * @param fault what happens to it on its way
   */
  answer(answer: Answer, originalRequestId?: string, fault?: WireEffect): void {
    const extra = originalRequestId === undefined ? {} : { 'original-request': originalRequestId };
    this.#deliver(answer, extra, 'answer', fault);
  }

  /** What the first request with this key was answered, byte for byte. */
  replay(answer: Answer, originalRequestId: string, fault?: WireEffect): void {
    const extra = { 'original-request': originalRequestId, 'idempotent-replayed': 'true' };
    this.#deliver(answer, extra, 'replay', fault);
  }

  /** What a fault sends instead of an answer of the request's own. */
  fault(effect: AnswerEffect | ConnectionEffect): void {
    if (effect.kind === 'answer') this.#deliver(effect.answer, effect.headers ?? {}, effect.name);
    else this.#logged(effect.name, () => effect.send(this.#response));
  }

  #deliver(answer: Answer, extra: Readonly<Record<string, string>>, name: string, fault?: WireEffect): void {
    const head = () => this.#head(answer, extra);
    if (fault) {
      this.#logged(fault.name, () => fault.send(this.#response, { head, body: answer.body }), answer.body);
      return;
    }
    this.#logged(
      name,
      () => {
        head();
        this.#response.end(answer.body);
      },
      answer.body,
    );
  }

  /** The journal's row follows what was done, so that it can tell how far it went: without a status, no head left. */
  #logged(name: string, send: () => void, body?: string): void {
    const wasGone = this.#response.destroyed;
    send();
    const { headersSent, statusCode } = this.#response;
    const sent = wasGone ? `${name} (the client was gone)` : name;
    this.#journal.answered(this.#arrival.requestId, headersSent ? statusCode : null, sent, body);
  }

  #head(answer: Answer, extra: Readonly<Record<string, string>>): void {
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
  }
}
