import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Intent } from './outcomes.ts';

/** What every stored object has. */
export interface ApiObject {
  readonly id: string;
  readonly object: string;
  readonly created: number;
}

/** What is known of an object beside the JSON that is answered. */
export interface Private {
  /** The test card or account behind a payment method or confirmation token. */
  readonly instrument?: string;
  /** The intent that a charge, a used payment method or a used token belongs to. */
  readonly paymentIntent?: string;
}

export interface Page {
  /** Newest first, at most as many as asked for. */
  readonly data: ApiObject[];
  readonly hasMore: boolean;
  /** Position of the last one, for the next page. */
  readonly lastSeq: number | undefined;
}

/** Stripe's objects, stored as the JSON they are answered with; each belongs to one account. */
export class Objects {
  readonly #db: DatabaseSync;
  readonly #pages = new Map<string, StatementSync>();
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #private: StatementSync;
  readonly #seqOf: StatementSync;
  readonly #account: StatementSync;
  readonly #find: StatementSync;
  readonly #remove: StatementSync;
  readonly #withPrefix: StatementSync;
  readonly #newestIntents: StatementSync;
  readonly #intentsOfOrder: StatementSync;
  readonly #intentBefore: StatementSync;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#put = db.prepare(
      `INSERT INTO object (id, seq, account, type, instrument, payment_intent, json)
       VALUES (:id, (SELECT coalesce(max(seq), 0) + 1 FROM object), :account, :type, :instrument, :paymentIntent, :json)
       ON CONFLICT (id) DO UPDATE SET json = excluded.json,
         instrument = coalesce(excluded.instrument, instrument),
         payment_intent = coalesce(excluded.payment_intent, payment_intent)`,
    );
    this.#get = db.prepare('SELECT json FROM object WHERE id = ? AND account = ? AND type = ?');
    this.#private = db.prepare('SELECT instrument, payment_intent FROM object WHERE id = ? AND account = ?');
    this.#seqOf = db.prepare('SELECT seq FROM object WHERE id = ? AND account = ? AND type = ?');
    this.#account = db.prepare('SELECT account FROM object WHERE id = ? AND type = ?');
    this.#find = db.prepare('SELECT json FROM object WHERE id = ? AND account = ?');
    this.#newestIntents = db.prepare(
      `SELECT account, json FROM object WHERE type = 'payment_intent' AND (:account IS NULL OR account = :account)
       ORDER BY seq DESC LIMIT :limit`,
    );
    this.#intentsOfOrder = db.prepare(
      `SELECT account, json FROM object WHERE type = 'payment_intent' AND json ->> '$.metadata.order_id' = :orderId
         AND (:account IS NULL OR account = :account) ORDER BY seq DESC LIMIT :limit`,
    );
    this.#withPrefix = db.prepare('SELECT account, id FROM object WHERE type = ? AND id GLOB ?');
    this.#remove = db.prepare('DELETE FROM object WHERE id = ? AND account = ?');
    this.#intentBefore = db.prepare(
      'SELECT b.json FROM intent_before b JOIN object o ON o.id = b.id WHERE b.id = ? AND o.account = ?',
    );
  }

  /** Stores an object, or its new state. What `beside` leaves out stays as it was. */
  put<T extends ApiObject>(account: string, object: T, beside: Private = {}): T {
    this.#put.run({
      id: object.id,
      account,
      type: object.object,
      instrument: beside.instrument ?? null,
      paymentIntent: beside.paymentIntent ?? null,
      json: JSON.stringify(object),
    });
    return object;
  }

  get<T extends ApiObject>(account: string, type: T['object'], id: string): T | undefined {
    const row = this.#get.get(id, account, type);
    return row && (JSON.parse(String(row['json'])) as T);
  }

  /** An object of whatever type. */
  find(account: string, id: string): ApiObject | undefined {
    const row = this.#find.get(id, account);
    return row && (JSON.parse(String(row['json'])) as ApiObject);
  }

  /** Newest first, of all accounts or one. */
  newestIntents(filter: { account?: string | undefined; orderId?: string | undefined; limit: number }) {
    const { account = null, orderId, limit } = filter;
    const rows =
      orderId === undefined
        ? this.#newestIntents.all({ account, limit })
        : this.#intentsOfOrder.all({ account, orderId, limit });
    return rows.map((row) => ({ account: String(row['account']), intent: JSON.parse(String(row['json'])) as Intent }));
  }

  /** Objects of all accounts whose ids begin with `prefix`. */
  withPrefix(type: string, prefix: string): { account: string; id: string }[] {
    const rows = this.#withPrefix.all(type, `${prefix}*`);
    return rows.map((row) => ({ account: String(row['account']), id: String(row['id']) }));
  }

  remove(account: string, id: string): void {
    this.#remove.run(id, account);
  }

  /** An intent as it was before its last change; undefined: it has not changed. */
  intentBefore(account: string, id: string): Intent | undefined {
    const row = this.#intentBefore.get(id, account);
    return row && (JSON.parse(String(row['json'])) as Intent);
  }

  private(account: string, id: string): Private {
    const row = this.#private.get(id, account);
    const [instrument, paymentIntent] = [row?.['instrument'], row?.['payment_intent']];
    return {
      ...(typeof instrument === 'string' && { instrument }),
      ...(typeof paymentIntent === 'string' && { paymentIntent }),
    };
  }

  /** Whose object it is; undefined: there is none. For the control port, which sees all accounts. */
  accountOf(type: string, id: string): string | undefined {
    const row = this.#account.get(id, type);
    return row && String(row['account']);
  }

  /** Position of an object in its list; undefined: there is none. */
  seqOf(account: string, type: string, id: string): number | undefined {
    const row = this.#seqOf.get(id, account, type);
    return row && Number(row['seq']);
  }

  /** @param where SQL over `id`, `seq`, `payment_intent` and `json`, with ? for each of `values`. */
  page(
    account: string,
    type: string,
    where: string[],
    values: SQLInputValue[],
    limit: number,
    order: 'ASC' | 'DESC',
  ): Page {
    const conditions = ['account = ?', 'type = ?', ...where].join(' AND ');
    const sql = `SELECT seq, json FROM object WHERE ${conditions} ORDER BY seq ${order} LIMIT ?`;
    const statement = this.#pages.get(sql) ?? this.#db.prepare(sql);
    this.#pages.set(sql, statement);
    const rows = statement.all(account, type, ...values, limit + 1);
    const kept = rows.slice(0, limit);
    if (order === 'ASC') kept.reverse();
    return {
      data: kept.map((row) => JSON.parse(String(row['json'])) as ApiObject),
      hasMore: rows.length > limit,
      lastSeq: kept.length === 0 ? undefined : Number(kept.at(-1)?.['seq']),
    };
  }
}
