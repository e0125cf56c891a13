import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { Choices } from './choices.ts';
import type { Control } from './control.ts';

const LOOK_MS = 400;

/** The banks behind the provider: what takes its time is settled, and some payments are disputed. */
export class Bank {
  settled = 0;
  disputed = 0;
  readonly #control: Control;
  readonly #book: DatabaseSync;
  readonly #choices: Choices;
  readonly #stopping = new AbortController();
  #work: Promise<void> = Promise.resolve();

  /** @param file the provider's own; only read */
  constructor({ control, file, seed }: { control: Control; file: string; seed: string }) {
    this.#control = control;
    this.#book = new DatabaseSync(file, { readOnly: true });
    this.#choices = new Choices(seed, 'bank');
  }

  opens(): void {
    this.#work = this.#settles();
  }

  async closes(): Promise<void> {
    this.#stopping.abort();
    await this.#work;
    this.#book.close();
  }

  /** The owner of the card asks for the money back; in the end they get it, or not. */
  async disputes(orderId: string): Promise<void> {
    const [intent] = this.#intents(
      `json ->> '$.metadata.order_id' = '${orderId}' and json ->> '$.status' = 'succeeded'`,
    );
    if (!intent) return;
    const made = await this.#control.tryTo<{ id: string }>(`/intents/${intent}/dispute`, {});
    if (!made) return;
    this.disputed += 1;
    await pause(LOOK_MS);
    const result = this.#choices.chance(0.5) ? 'won' : 'lost';
    await this.#control.tryTo(`/disputes/${made.id}/close`, { result });
  }

  async #settles(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      for (const intent of this.#intents(`json ->> '$.status' = 'processing'`)) {
        const result = this.#choices.chance(0.75) ? 'succeed' : 'fail';
        if (await this.#control.tryTo(`/intents/${intent}/settle`, { result })) this.settled += 1;
      }
      await pause(LOOK_MS, undefined, { signal: this.#stopping.signal }).catch(() => {});
    }
  }

  #intents(where: string): string[] {
    try {
      const sql = `select id from object where type = 'payment_intent' and ${where} order by seq desc limit 100`;
      return this.#book
        .prepare(sql)
        .all()
        .map(({ id }) => String(id));
    } catch {
      return []; // the provider is just starting
    }
  }
}
