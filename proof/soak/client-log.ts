import { appendFileSync } from 'node:fs';

/** One request of a shopper or of staff, and what was heard. The third record, beside the database and the ledger. */
export interface Heard {
  /** Milliseconds since the epoch, when it was heard. */
  readonly at: number;
  readonly shopper: number;
  readonly procedure: string;
  readonly checkoutId: string | null;
  /** Of a press of Pay; of a refund its id. */
  readonly key: string | null;
  readonly token: string | null;
  readonly totalMinor: number | null;
  /** Null: no answer came. */
  readonly status: number | null;
  readonly errorCode: string | null;
  readonly answer: string | null;
  readonly reason: string | null;
  readonly last4: string | null;
  /** Shoppers, other than this one, whose address stands in the answer. */
  readonly others: readonly number[];
}

export class ClientLog {
  readonly heard: Heard[] = [];
  readonly #file: string;

  /** @param file one JSON line for each, so that it can be read after a run that ended badly */
  constructor(file: string) {
    this.#file = file;
  }

  add(heard: Heard): void {
    this.heard.push(heard);
    appendFileSync(this.#file, `${JSON.stringify(heard)}\n`);
  }
}
