// Poolers that forget prepared statements (PgBouncer before 1.21) also lose the answer to a query that is sent
// behind another on the same connection: the server is given away after the first answer, and the second query waits for
// ever. postgres.js does that when all its connections are busy. So a client with `prepare: false` sends only so much at
// once as it has connections: a query, or a transaction, on each.

/** A query of postgres.js, which is sent by its own `handler` when it is first awaited. */
export interface SentLater extends Promise<unknown> {
  handler?: (query: unknown) => unknown;
}

export class Turns {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(connections: number) {
    this.#free = connections;
  }

  /** Undefined for a client that prepares its statements: no such pooler is in front of it. */
  static of(client: unknown): Turns | undefined {
    const { options } = client as { options?: { prepare?: unknown; max?: unknown } };
    return options?.prepare === false ? new Turns(Math.max(1, Number(options.max) || 1)) : undefined;
  }

  async transaction<T>(run: () => Promise<T>): Promise<T> {
    await this.#take();
    try {
      return await run();
    } finally {
      this.#give();
    }
  }

  query(query: SentLater): void {
    const send = query.handler;
    if (send === undefined) return;
    let hasTurn = false;
    let isSettled = false;
    query.handler = async (sent) => {
      await this.#take();
      hasTurn = true;
      // Cancelled while it waited: it is settled, and must not be sent any more.
      if (isSettled) this.#give();
      else send(sent);
    };
    const settled = () => {
      isSettled = true;
      if (hasTurn) this.#give();
    };
    void Promise.prototype.then.call(query, settled, settled); // its own `then` would send it
  }

  async #take(): Promise<void> {
    if (this.#free === 0) return await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#free--;
  }

  #give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
