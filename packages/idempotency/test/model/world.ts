// The library on a real Postgres, with a payment and a transaction under one scope, and a provider that does as it is told.
import assert from 'node:assert/strict';
import type { Encryption } from '../../src/index.ts';
import { createWorker, type Worker } from '../../src/worker.ts';
import { type Driver, type Fixture, gate, type PostgresTx } from '../fixture.ts';
import { aPayment } from '../payment.ts';
import { answerTo, does, type Model, told } from './commands.ts';
import { type Body, type Heard, type Input, MAX_TRIES, type Prompt, type Reaction } from './model.ts';

const OPERATION = 'note.keep';
/** Longer than any run: here a lease ends when it is made to. */
const LEASE_MS = 300_000;
const NEVER_MS = 86_400_000;

interface Asking {
  readonly input: Input;
  readonly rerunExpired: boolean;
  readonly replayHint?: boolean;
}

export class World {
  readonly #fixture: Fixture;
  readonly #driver: Driver<PostgresTx>;
  readonly #encrypted: boolean;
  readonly #shop;
  readonly #releases: ((reaction: 'pays' | 'declines') => void)[] = [];
  readonly #upkeep: Worker;
  #asked = gate();
  readonly once;
  readonly worker: Worker;
  /** What the worker would have logged. */
  readonly errors: unknown[] = [];
  /** Those who stand at the provider. */
  readonly holders: Promise<Heard>[] = [];

  /** What was heard, over all runs: a model that nothing ever comes of would hold too. */
  readonly kinds: Set<string>;

  constructor(
    fixture: Fixture,
    driver: Driver<PostgresTx>,
    { encryption, kinds }: { readonly encryption: Encryption | undefined; readonly kinds: Set<string> },
  ) {
    this.kinds = kinds;
    this.#fixture = fixture;
    this.#driver = driver;
    this.#encrypted = encryption !== undefined;
    this.#shop = aPayment(driver);
    const options = { waitMs: 0, leaseMs: LEASE_MS, maxTries: MAX_TRIES, maxOutcomeBytes: 1_024 };
    this.once = this.#shop.process({ ...options, ...(encryption && { encryption }) }).once;
    const onError = (error: unknown) => void this.errors.push(error);
    this.worker = createWorker(this.once, [this.#shop.pay], { onError, upkeepMs: NEVER_MS });
    this.#upkeep = createWorker(this.once, [], { onError, upkeepMs: 0 });
  }

  async open(): Promise<this> {
    await this.#fixture.admin`delete from idempotency.record`; // those that other runs have left would be worked on too
    await this.worker.runOnce(); // its upkeep is then not due again
    return this;
  }

  get scope() {
    return this.#shop.scope;
  }
  get database() {
    return this.#driver.database;
  }
  get pay() {
    return this.#shop.pay;
  }
  get name() {
    return { scope: this.scope, key: 'k' };
  }

  heard = (running: Promise<unknown>): Promise<Heard> => told(running);

  run({ input, ...how }: Asking): Promise<Heard> {
    return told(this.once.run(this.pay, { ...this.name, ...how, input: this.#inputOf(input) }));
  }

  resume = (): Promise<Heard> => told(this.once.resume(this.pay, this.name));

  /** The provider does so with whatever it is asked while `act` runs. */
  async reacting<T>(reaction: Reaction, act: () => Promise<T>): Promise<T> {
    const { provider } = this.#shop;
    provider.plan.length = 0;
    provider.lookups.length = 0;
    if (reaction === 'hangs') {
      this.#asked = gate();
      provider.plan.push(
        (call) =>
          new Promise((resolve) => {
            this.#releases.push((late) => resolve(this.#answer(late, call.key)));
            this.#asked.open();
          }),
      );
    } else provider.plan.push((call) => this.#answer(reaction, call.key));
    if (reaction === 'is blind')
      for (let asked = 0; asked < 2; asked++) provider.lookups.push(() => this.#answer(reaction, ''));
    return await act();
  }

  /** Resolves when the last one who hangs stands at the provider. */
  reached = (): Promise<void> => this.#asked.passed;

  async comesBack(reaction: 'pays' | 'declines'): Promise<Heard> {
    const { provider } = this.#shop;
    provider.plan.length = 0;
    provider.lookups.length = 0;
    this.#releases.shift()?.(reaction);
    return (await this.holders.shift()) ?? 'nothing yet';
  }

  transact({ input, ...how }: Asking, body: Body): Promise<Heard> {
    const request = { ...this.#note(input), ...how };
    return told(this.once.transaction(request, (tx) => this.#keep(tx, body)));
  }

  /** The same in a transaction that the application has opened. */
  async join({ input, rerunExpired }: Asking, body: Body, kept: boolean): Promise<Heard> {
    let heard: Heard = 'nothing yet';
    const undo = new Error('rolled back');
    const outer = this.database.transaction(async (tx) => {
      const request = { ...this.#note(input), rerunExpired };
      heard = await told(this.once.within(tx).transaction(request, (inner) => this.#keep(inner, body)));
      if (!kept) throw undo;
    });
    await outer.catch((error: unknown) => assert.equal(error, undo));
    return heard;
  }

  /** Ages what is in one of these states past its time, and lets the upkeep come by. */
  async ends(states: '2, 3' | '5'): Promise<void> {
    await this.#fixture.admin.unsafe(
      `update idempotency.record set retained_until = statement_timestamp() - interval '1 second'
        where scope = $1 and state in (${states})`,
      [this.scope],
    );
    await this.#upkeep.runOnce();
  }

  async expectStored({ payment, transaction }: Model): Promise<void> {
    const found = await this.once.find(this.pay, this.name);
    const record = payment.record;
    assert.equal(found === undefined, record === undefined, 'there is a record');
    if (found && record) {
      const { state, fence, failedTries, due } = record;
      const { dueAt, ...view } = found;
      const seen = { state: view.state, fence: view.fence, failedTries: view.failedTries };
      assert.deepEqual(seen, { state, fence, failedTries });
      // Due at once, or not for minutes: a clock that is a millisecond ahead does not matter, nor does a slow machine.
      const soon = Date.now() + LEASE_MS / 2;
      assert.equal(dueAt !== null && dueAt.getTime() < soon, due, 'it is due');
    }
    const kept = await this.once.find(OPERATION, this.name);
    const expected = transaction.record && (transaction.record.final?.status ?? 'expired');
    assert.equal(kept?.state, expected);
    const written = await this.#fixture.written(this.scope);
    assert.deepEqual(written.sort(), [...payment.written, ...transaction.written].sort());
    await this.#expectSealed();
  }

  /** Sealed, every text of it, or none. */
  async #expectSealed(): Promise<void> {
    const texts = await this.#fixture.admin<{ text: string }[]>`
      select unnest(array[input, progress, outcome]) as text from idempotency.record where scope = ${this.scope}`;
    for (const { text } of texts) if (text !== null) assert.equal(text.startsWith('sealed.'), this.#encrypted);
  }

  #answer(reaction: Prompt, key: string) {
    const { provider } = this.#shop;
    return answerTo(
      reaction,
      () => provider.execute(key),
      () => provider.refuse(key),
    );
  }

  async #keep(tx: PostgresTx, body: Body) {
    await this.#driver.write(tx, this.scope, body);
    return await does(body);
  }

  #note = (input: Input) => ({ ...this.name, operation: OPERATION, input: this.#inputOf(input) });

  #inputOf = (input: Input) => ({ scope: this.scope, ...(input === 'another input' && { other: true }) });
}
