/** Too much is under way. Nothing was begun: the same request may be sent again. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
  readonly code = 'OVERLOADED';
}

/** A place behind the gate, for as long as a request is under way. */
export interface Place {
  /** Takes it; a second time it is taken already. @throws {OverloadedError} */
  take(): void;
  /** Gives it back, if it was taken. */
  leave(): void;
}

/**
 * Lets in so many at once and turns the others away at once: waiting for a connection, they would all be answered too
 * late, and hold memory meanwhile.
 */
export class Gate {
  readonly #most: number;
  #inside = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** How many are. */
  get inside(): number {
    return this.#inside;
  }

  place(): Place {
    let taken = false;
    return {
      take: () => {
        if (taken) return;
        if (this.#inside >= this.#most) throw new OverloadedError('too much is under way');
        this.#inside += 1;
        taken = true;
      },
      leave: () => {
        if (taken) this.#inside -= 1;
        taken = false;
      },
    };
  }
}
