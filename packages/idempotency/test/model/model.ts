// What the library should do with one key, as a few lines in memory that know no SQL: the payment of ../payment.ts, and an
// operation of a single transaction. Everybody acts in turn here; ../random.test.ts and proof/schedules have them meet.

export type Input = 'the input' | 'another input';

/** What the provider does with the request that it gets next. */
export const REACTIONS = [
  'pays',
  'declines',
  'waits',
  'knows nothing',
  'loses its answer',
  'is blind',
  'hangs',
] as const;
export type Reaction = (typeof REACTIONS)[number];
/** It was asked by somebody who comes back for the answer. */
export type Prompt = Exclude<Reaction, 'hangs'>;

/** What a caller hears. */
export type Heard =
  | { readonly status: 'succeeded'; readonly value: unknown; readonly replayed: boolean }
  | { readonly status: 'rejected'; readonly reason: unknown; readonly replayed: boolean }
  | { readonly status: 'waiting'; readonly details: unknown }
  | { readonly status: 'unknown'; readonly needsReview: boolean }
  | { readonly refused: string }
  | 'no record'
  | 'nothing yet';

type Final =
  | { readonly status: 'succeeded'; readonly value: string | { readonly [name: string]: number } }
  | { readonly status: 'rejected'; readonly reason: string };

export interface Expected {
  readonly state: 'in_flight' | 'waiting' | 'succeeded' | 'rejected' | 'needs_review' | 'expired';
  readonly fence: number;
  readonly failedTries: number;
  /** Somebody else may act now. */
  readonly due: boolean;
}

interface Asked {
  readonly input: Input;
  readonly rerunExpired: boolean;
}

interface Stored extends Expected {
  readonly input: Input;
  readonly waits: boolean;
  readonly final?: Final;
}

export const MAX_TRIES = 3;
export const DETAILS = { step: 'bank' };
const refused = (code: string): Heard => ({ refused: `IDEMPOTENCY_${code}` });
const replayed = (final: Final): Heard => ({ ...final, replayed: true });

/** reserve ─▶ charge ─▶ settle */
export class PaymentModel {
  record: Stored | undefined;
  /** What the phases have written and committed. */
  readonly written: string[] = [];
  /** Fences of those who stand at the provider and have heard nothing. */
  readonly holders: (Asked & { readonly fence: number })[] = [];
  /** What the provider has done under the one key that it ever gets. */
  #atProvider: 'nothing' | 'charged' | 'refused' = 'nothing';

  run(asked: Asked, reaction: Reaction): Heard {
    const { record } = this;
    if (record === undefined) return this.#claim(asked, 1, reaction);
    if (record.input !== asked.input) return refused('FINGERPRINT_MISMATCH');
    if (record.state === 'expired' && asked.rerunExpired) return this.#claim(asked, record.fence + 1, reaction);
    return this.#look(record, asked, reaction);
  }

  resume(reaction: Prompt): Heard {
    const { record } = this;
    return record ? this.#look(record, { input: record.input, rerunExpired: false }, reaction) : 'no record';
  }

  work(reaction: Prompt): void {
    if (this.record?.due) this.#takeOver(this.record, reaction);
  }

  /** The one who has stood there longest hears the provider at last. */
  comesBack(reaction: 'pays' | 'declines'): Heard {
    const holder = this.holders.shift();
    if (holder === undefined) throw new RangeError('nobody stands there');
    const answer = this.#execute(reaction);
    if (this.record?.state === 'in_flight' && this.record.fence === holder.fence) return this.#settle(answer);
    return this.run(holder, 'pays'); // lost: it reads what others have made of it
  }

  /** Another has taken over from the one who has stood there longest, and stands there too. */
  isStale(): boolean {
    return this.record?.state === 'in_flight' && this.record.fence !== this.holders[0]?.fence;
  }

  lapse(): void {
    const { record } = this;
    if (record?.state === 'in_flight' || record?.state === 'waiting') this.record = { ...record, due: true };
  }

  wake(): boolean {
    const { record } = this;
    if (record?.state !== 'waiting' && record?.state !== 'needs_review') return false;
    const failedTries = record.state === 'needs_review' ? 0 : record.failedTries;
    this.record = { ...record, state: 'waiting', due: true, failedTries };
    return true;
  }

  park(): boolean {
    const { record } = this;
    if (record?.state !== 'in_flight' && record?.state !== 'waiting') return false;
    this.record = { ...record, state: 'needs_review', due: false };
    return true;
  }

  resolve(answer: Final): Heard {
    const { record } = this;
    if (record?.state !== 'waiting' && record?.state !== 'needs_review') return refused('NOT_RESOLVABLE');
    this.record = { ...record, fence: record.fence + 1 };
    return this.#settle(answer);
  }

  retentionEnds(): void {
    const { record } = this;
    if (record?.final === undefined) return;
    const { final: _, ...rest } = record;
    this.record = { ...rest, state: 'expired' };
  }

  tombstoneEnds(): void {
    if (this.record?.state === 'expired') this.record = undefined;
  }

  #claim({ input, rerunExpired }: Asked, fence: number, reaction: Reaction): Heard {
    this.record = { ...{ state: 'in_flight', due: false, failedTries: 0, waits: false }, fence, input };
    this.written.push('reserve');
    return this.#send({ input, rerunExpired }, reaction);
  }

  #look(record: Stored, asked: Asked, reaction: Reaction): Heard {
    if (record.final) return replayed(record.final);
    if (record.due) return this.#takeOver(record, reaction, asked);
    switch (record.state) {
      case 'expired':
        return refused('KEY_EXPIRED');
      case 'in_flight':
        return refused('IN_FLIGHT');
      case 'needs_review':
        return { status: 'unknown', needsReview: true };
      default:
        return record.waits && record.failedTries === 0
          ? { status: 'waiting', details: DETAILS }
          : { status: 'unknown', needsReview: false };
    }
  }

  #takeOver(record: Stored, reaction: Reaction, asked: Asked = { ...record, rerunExpired: false }): Heard {
    const [fence, failedTries] = [record.fence + 1, record.failedTries + 1];
    this.record = { ...record, state: 'in_flight', due: false, fence, failedTries };
    if (failedTries > MAX_TRIES) {
      this.park();
      return { status: 'unknown', needsReview: true };
    }
    // The holder before may have sent it.
    if (reaction === 'is blind') return this.#putDown();
    return this.#atProvider === 'charged' ? this.#settle(this.#execute('pays')) : this.#send(asked, reaction);
  }

  #send(asked: Asked, reaction: Reaction): Heard {
    switch (reaction) {
      case 'pays':
      case 'declines':
        return this.#settle(this.#execute(reaction));
      case 'waits':
        this.record = { ...this.#held(), state: 'waiting', failedTries: 0, waits: true };
        return { status: 'waiting', details: DETAILS };
      case 'loses its answer':
        this.#execute('pays');
        return this.#atProvider === 'charged' ? this.#settle(this.#execute('pays')) : this.#putDown();
      case 'knows nothing':
        return this.#atProvider === 'charged' ? this.#settle(this.#execute('pays')) : this.#putDown();
      case 'is blind':
        return this.#putDown();
      case 'hangs':
        this.holders.push({ ...asked, fence: this.#held().fence });
        return 'nothing yet';
    }
  }

  #putDown(): Heard {
    this.record = { ...this.#held(), state: 'waiting' };
    return { status: 'unknown', needsReview: false };
  }

  #settle(final: Final): Heard {
    this.written.push('settle');
    this.record = { ...this.#held(), state: final.status, due: false, final };
    return { ...final, replayed: false };
  }

  /** The same key is one charge, or one no, for ever. */
  #execute(reaction: 'pays' | 'declines'): Final {
    if (this.#atProvider === 'nothing') this.#atProvider = reaction === 'pays' ? 'charged' : 'refused';
    return this.#atProvider === 'charged'
      ? { status: 'succeeded', value: { charge: 1 } }
      : { status: 'rejected', reason: 'card_declined' };
  }

  #held(): Stored {
    if (this.record === undefined) throw new RangeError('nobody holds a record that is not there');
    return this.record;
  }
}

/** What the body of the transaction does. */
export const BODIES = ['returns', 'rejects', 'throws', 'returns too much'] as const;
export type Body = (typeof BODIES)[number];
export const FINALS: Readonly<Record<Exclude<Body, 'throws'>, Final>> = {
  returns: { status: 'succeeded', value: { note: 1 } },
  rejects: { status: 'rejected', reason: 'sold_out' },
  'returns too much': { status: 'succeeded', value: 'x'.repeat(2_000) },
};

export class TransactionModel {
  record: { readonly input: Input; readonly final?: Final; readonly young?: boolean } | undefined;
  readonly written: string[] = [];

  /** @param kept false where the caller's own transaction is rolled back. */
  run({ input, rerunExpired }: Asked, body: Body, kept = true): Heard {
    const { record } = this;
    if (record) {
      if (record.input !== input) return refused('FINGERPRINT_MISMATCH');
      if (record.final) return replayed(record.final);
      if (!rerunExpired || record.young) return refused('KEY_EXPIRED');
    }
    if (body === 'throws') return { refused: 'thrown' };
    const final = FINALS[body];
    if (kept) {
      this.written.push(body);
      this.record = body === 'returns too much' ? { input, young: true } : { input, final };
    }
    return { ...final, replayed: false };
  }

  retentionEnds(): void {
    if (this.record?.final) this.record = { input: this.record.input };
  }

  tombstoneEnds(): void {
    if (this.record && !this.record.final) this.record = undefined;
  }
}
