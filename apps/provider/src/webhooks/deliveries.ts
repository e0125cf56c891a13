import type { DatabaseSync, StatementSync } from 'node:sqlite';

export type DeliveryState = 'pending' | 'held' | 'dropped' | 'succeeded' | 'failed' | 'canceled';

/** An event on its way to an endpoint. Milliseconds since the epoch are the real clock's. */
export interface Delivery {
  readonly seq: number;
  readonly id: string;
  readonly account: string;
  readonly event: string;
  readonly event_type: string;
  readonly endpoint: string;
  readonly payment_intent: string | null;
  readonly order_id: string | null;
  /** The request that made the event. */
  readonly request_id: string;
  readonly state: DeliveryState;
  readonly due_ms: number;
  /** Not tried before this other delivery has been. */
  readonly goes_after: string | null;
  /** The fault that holds it. */
  readonly held_by: string | null;
  readonly before_response: 0 | 1;
  readonly tries: number;
}

export type NewDelivery = Omit<Delivery, 'seq' | 'tries' | 'goes_after'>;

/** What became of one try: a status, or the reason why there is none. */
export interface Try {
  readonly ts: number;
  readonly took_ms: number;
  readonly status: number | null;
  readonly failure: string | null;
  readonly fault: string | null;
}

export interface DeliveryFilter {
  readonly account?: string | undefined;
  readonly orderId?: string | undefined;
  readonly state?: DeliveryState | undefined;
  readonly limit: number;
}

/** The queue of webhooks, in the file: what a process that dies has not delivered, the next one delivers. */
export class Deliveries {
  readonly #insert: StatementSync;
  readonly #get: StatementSync;
  readonly #due: StatementSync;
  readonly #nextDueMs: StatementSync;
  readonly #beforeResponse: StatementSync;
  readonly #try: StatementSync;
  readonly #tried: StatementSync;
  readonly #requeue: StatementSync;
  readonly #hold: StatementSync;
  readonly #release: StatementSync;
  readonly #heldBy: StatementSync;
  readonly #cancel: StatementSync;
  readonly #unsettled: StatementSync;
  readonly #newest: StatementSync;
  #wake: () => void = () => {};

  constructor(db: DatabaseSync) {
    this.#insert = db.prepare(
      `INSERT INTO delivery (id, account, event, event_type, endpoint, payment_intent, order_id, request_id, state,
         due_ms, held_by, before_response)
       VALUES (:id, :account, :event, :event_type, :endpoint, :payment_intent, :order_id, :request_id, :state,
         :due_ms, :held_by, :before_response)`,
    );
    this.#get = db.prepare('SELECT * FROM delivery WHERE id = ?');
    this.#due = db.prepare(
      `SELECT id FROM delivery d WHERE state = 'pending' AND due_ms <= ? AND NOT EXISTS
         (SELECT 1 FROM delivery WHERE id = d.goes_after AND tries = 0 AND state IN ('pending', 'held'))
       ORDER BY due_ms, seq LIMIT ?`,
    );
    this.#nextDueMs = db.prepare(`SELECT min(due_ms) AS due_ms FROM delivery WHERE state = 'pending' AND due_ms > ?`);
    this.#beforeResponse = db.prepare(
      `SELECT id FROM delivery WHERE request_id = ? AND before_response = 1 AND state = 'pending' AND tries = 0`,
    );
    this.#try = db.prepare(
      'INSERT INTO delivery_try (delivery, ts, took_ms, status, failure, fault) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#tried = db.prepare(
      `UPDATE delivery SET state = :state, due_ms = :dueMs, tries = tries + 1
       WHERE id = :id AND state = 'pending' AND tries = :triesBefore`,
    );
    // As if it had just been made, with all of its tries before it.
    this.#requeue = db.prepare(
      `UPDATE delivery SET state = 'pending', due_ms = ?, tries = 0, goes_after = NULL WHERE id = ?`,
    );
    this.#hold = db.prepare(`UPDATE delivery SET state = 'held' WHERE id = ? AND state = 'pending'`);
    this.#release = db.prepare(
      `UPDATE delivery SET state = 'pending', due_ms = ?, goes_after = ? WHERE id = ? AND state = 'held'`,
    );
    this.#heldBy = db.prepare(`SELECT id FROM delivery WHERE held_by = ? AND state = 'held' ORDER BY seq`);
    this.#cancel = db.prepare(
      `UPDATE delivery SET state = 'canceled' WHERE endpoint = ? AND state IN ('pending', 'held')`,
    );
    this.#unsettled = db.prepare(
      `SELECT count(*) AS unsettled FROM delivery WHERE event = ? AND state NOT IN ('succeeded', 'canceled')`,
    );
    this.#newest = db.prepare(
      `SELECT d.*, (SELECT json_group_array(json_object('ts', ts, 'took_ms', took_ms, 'status', status,
           'failure', failure, 'fault', fault) ORDER BY seq) FROM delivery_try WHERE delivery = d.id) AS tried,
         (SELECT json_group_array(action ORDER BY seq) FROM fault_hit WHERE request_id = d.id) AS faults
       FROM delivery d
       WHERE (:account IS NULL OR account = :account) AND (:orderId IS NULL OR order_id = :orderId)
         AND (:state IS NULL OR state = :state) ORDER BY seq DESC LIMIT :limit`,
    );
  }

  /** @param wake what sends them: called when there may be something to send. */
  onQueued(wake: () => void): void {
    this.#wake = wake;
  }

  /** Says that something may be due now; once it is committed, or it would not be seen. */
  announce(): void {
    this.#wake();
  }

  add(delivery: NewDelivery): void {
    this.#insert.run({ ...delivery });
  }

  get(id: string): Delivery | undefined {
    return this.#get.get(id) as unknown as Delivery | undefined;
  }

  /** Ids of those that may be tried now. */
  due(limit: number): string[] {
    return this.#due.all(Date.now(), limit).map((row) => String(row['id']));
  }

  /** When the next one that is not due yet will be. */
  nextDueMs(): number | undefined {
    const dueMs = this.#nextDueMs.get(Date.now())?.['due_ms'];
    return typeof dueMs === 'number' ? dueMs : undefined;
  }

  /** Ids of those that have to go out before the request that made them is answered. */
  beforeResponse(requestId: string): string[] {
    return this.#beforeResponse.all(requestId).map((row) => String(row['id']));
  }

  /** Records a try. What has been held, requeued or canceled during it keeps that state. */
  tried({ id, tries: triesBefore }: Delivery, result: Try, next: { state: DeliveryState; dueMs: number }): void {
    this.#try.run(id, result.ts, result.took_ms, result.status, result.failure, result.fault);
    this.#tried.run({ id, triesBefore, ...next });
  }

  /** @returns false: there is none of that id. */
  requeue(id: string): boolean {
    return this.#requeue.run(Date.now(), id).changes === 1;
  }

  /** @returns false: it is not on its way. */
  hold(id: string): boolean {
    return this.#hold.run(id).changes === 1;
  }

  /** @param goesAfter another delivery that has to be tried first @returns false: it is not held. */
  release(id: string, goesAfter: string | null = null): boolean {
    return this.#release.run(Date.now(), goesAfter, id).changes === 1;
  }

  /** Ids of what a fault holds, in the order in which it came. */
  heldBy(faultId: string): string[] {
    return this.#heldBy.all(faultId).map((row) => String(row['id']));
  }

  /** Its endpoint is gone: nobody waits for it any more. */
  cancelFor(endpoint: string): void {
    this.#cancel.run(endpoint);
  }

  /** How many endpoints have not taken an event yet. */
  unsettled(event: string): number {
    return Number(this.#unsettled.get(event)?.['unsettled'] ?? 0);
  }

  /** Newest first, with every try and the faults that have hit it. */
  newest(filter: DeliveryFilter): (Delivery & { readonly tried: Try[]; readonly faults: string[] })[] {
    const { account = null, orderId = null, state = null, limit } = filter;
    return this.#newest.all({ account, orderId, state, limit }).map((row) => {
      const [tried, faults] = [JSON.parse(String(row['tried'])), JSON.parse(String(row['faults']))];
      return { ...(row as unknown as Delivery), tried: tried as Try[], faults: faults as string[] };
    });
  }
}
