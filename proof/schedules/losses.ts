// Answers that are lost on the way back: what was asked for has been done, and whoever asked does not hear of it.
import { actorHere, hears, note } from './actor.ts';

/** `confirm`: the provider's first answer to a confirm. `commit`: the server's first answer to the COMMIT of each phase. */
export const LOSSES = ['heard', 'confirm-lost', 'commit-lost'] as const;
export type Loss = (typeof LOSSES)[number];

export class Losses {
  #loss: Loss = 'heard';
  #lost = new Set<string>();

  reset(loss: Loss): void {
    this.#loss = loss;
    this.#lost = new Set();
  }

  /** What is still to be lost. */
  snapshot(): string {
    return `${this.#loss} but for ${[...this.#lost].sort().join()}`;
  }

  afterConfirm(): void {
    if (this.#loss === 'confirm-lost') this.#lose('confirm', new TypeError('the answer to the confirm was lost'));
  }

  afterCommit(phase: string): void {
    if (this.#loss !== 'commit-lost' || phase === '') return;
    this.#lose(phase, Object.assign(new Error('the answer to COMMIT was lost'), { code: 'CONNECTION_CLOSED' }));
  }

  /** Once each, and only to actors: whoever heals the world hears everything. */
  #lose(what: string, error: Error): void {
    if (actorHere() === undefined || this.#lost.has(what)) return;
    this.#lost.add(what);
    note(`✗ ${error.message}`);
    hears(actorHere(), error);
    throw error;
  }
}
