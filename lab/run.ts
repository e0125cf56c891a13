import { setTimeout as sleep } from 'node:timers/promises';
// @boundaries-ignore the page is what the laboratory speaks to
import type { BrowserEntry, RunView, ShopView } from '../apps/web/src/lab/run.ts';
// @boundaries-ignore as above
import type { Scenario, ScenarioId } from '../apps/web/src/lab/scenarios.ts';
import type { Databases } from './database.ts';
import type { Env } from './env.ts';
import { LabError } from './errors.ts';
import type { Act } from './events.ts';
import { Sandbox } from './sandbox.ts';
import { SETTINGS } from './scenarios.ts';
import { sourceOf } from './source.ts';
import { Watch } from './watch.ts';

/** The page asks several times a second; silent for so long, it was closed. */
const CLOSED_AFTER_MS = 8_000;
const LONGEST_MS = 60_000;
/** After the browser is done: what is still open by then stays open, and the page says so. */
const SETTLES_WITHIN_MS = 20_000;
const WATCH_EVERY_MS = 150;
const MOST_ENTRIES = 500;

/** One press of Pay in a sandbox, from when it is asked for until nothing of it is left but what it has shown. */
export class Run {
  readonly id: string;
  state: RunView['state'] = 'queued';
  readonly #scenario: Scenario;
  readonly #env: Env;
  readonly #databases: Databases;
  readonly #begunAt = new Date();
  readonly #over = new AbortController();
  readonly #acts: Act[] = [];
  readonly #entries: BrowserEntry[] = [];
  readonly #heard = new Set<string>();
  readonly #passed = new Map<string, number>();
  #sandbox: Sandbox | undefined;
  #shops: RunView['shops'] = null;
  #unstruck: readonly string[] = [];
  #heardAt = performance.now();
  #doneAt: number | undefined;
  /** What has to be added to the browser's clock to have ours lies between these. */
  #leastOffsetMs = Number.NEGATIVE_INFINITY;
  #mostOffsetMs = Number.POSITIVE_INFINITY;

  constructor(id: string, scenario: Scenario, env: Env, databases: Databases) {
    this.id = id;
    this.#scenario = scenario;
    this.#env = env;
    this.#databases = databases;
  }

  view(queue: number): RunView {
    return {
      ...{ id: this.id, scenario: this.#scenario.id, state: this.state, queue, unstruck: this.#unstruck },
      shops: this.#shops,
      stoppedBy: this.#scenario.stops.flatMap((stop) => sourceOf(stop) ?? []),
      begunAt: this.#begunAt.toISOString(),
    };
  }

  /** @throws {LabError} `NOT_READY` */
  get sandbox(): Sandbox {
    if (this.state !== 'ready' || !this.#sandbox) throw new LabError('NOT_READY', `the run is ${this.state}`);
    return this.#sandbox;
  }

  /** Nobody asks about it any more. */
  get isLeft(): boolean {
    return performance.now() - this.#heardAt > CLOSED_AFTER_MS;
  }

  async hear(entries: readonly BrowserEntry[], done: boolean): Promise<void> {
    this.#heardAt = performance.now();
    for (const entry of entries) {
      const name = `${entry.shop} ${entry.exchange} ${entry.what}`;
      // Told again, because the browser did not hear that it was heard.
      if (this.#heard.has(name) || this.#entries.length >= MOST_ENTRIES) continue;
      this.#heard.add(name);
      const passedMs = this.#passed.get(`${entry.exchange} ${entry.what}`);
      // It was sent before it came by here, and got after it.
      if (passedMs !== undefined && entry.what === 'sent')
        this.#mostOffsetMs = Math.min(this.#mostOffsetMs, passedMs - entry.atMs);
      if (passedMs !== undefined && entry.what === 'got')
        this.#leastOffsetMs = Math.max(this.#leastOffsetMs, passedMs - entry.atMs);
      this.#entries.push(entry);
    }
    if (done) this.#doneAt ??= performance.now();
  }

  passed(what: 'sent' | 'got', exchange: string): void {
    if (exchange !== '' && this.#passed.size < MOST_ENTRIES) this.#passed.set(`${exchange} ${what}`, Date.now());
  }

  async end(state: 'closed' | 'ended'): Promise<void> {
    if (this.state === 'queued') this.state = state;
    this.#over.abort(state);
  }

  /** Opens the sandbox, watches it, and closes it. Never throws: what went wrong is the state. */
  async untilOver(): Promise<{ drop: () => Promise<void> }> {
    this.state = 'preparing';
    const setting = SETTINGS[this.#scenario.id as ScenarioId];
    try {
      const { ownServer = false, webhooks = false, twoGuests = false } = setting;
      const wanted = { runId: this.id, twin: this.#scenario.naive !== undefined, ownServer, webhooks };
      const sandbox = await Sandbox.open(this.#env, this.#databases, wanted);
      this.#sandbox = sandbox;
      if (!twoGuests) sandbox.shareGuest();
      for (const fault of setting.faults ?? []) await sandbox.once.arm(fault);
      for (const fault of setting.naiveFaults ?? []) await sandbox.naive?.arm(fault);
      this.#heardAt = performance.now();
      this.state = 'ready';
      await this.#watch(sandbox, setting.act);
    } catch (error) {
      console.error(error);
      this.state = 'failed';
    } finally {
      this.#over.abort();
      await this.#sandbox?.close();
    }
    const database = this.#sandbox?.database;
    return { drop: async () => await database?.drop() };
  }

  async #watch(sandbox: Sandbox, act: (typeof SETTINGS)[ScenarioId]['act']): Promise<void> {
    const { signal } = this.#over;
    const watch = new Watch(sandbox);
    const note = (what: Omit<Act, 'atMs'>) => void this.#acts.push({ ...what, atMs: Date.now() });
    let isActing = act !== undefined;
    const acting = act?.({ sandbox, signal, note }).catch((error: unknown) => {
      if (!signal.aborted) console.error(error);
    });
    void acting?.finally(() => {
      isActing = false;
    });
    const readyAt = performance.now();
    for (;;) {
      this.#shops = await this.#look(watch);
      if (this.isLeft || signal.aborted) {
        this.state = 'closed';
        return;
      }
      if (this.#isOver(isActing, performance.now() - readyAt)) break;
      await sleep(WATCH_EVERY_MS);
    }
    this.#over.abort();
    await acting;
    this.#shops = await this.#look(watch);
    // Before the state says that it is over: whoever hears that asks no more.
    this.#unstruck = await this.#faultsLeft(sandbox);
    this.state = 'ended';
  }

  #isOver(isActing: boolean, ranMs: number): boolean {
    if (ranMs > LONGEST_MS) return true;
    if (this.#doneAt === undefined) return false;
    const shops = [this.#shops?.once, this.#shops?.naive].filter((shop): shop is ShopView => shop !== undefined);
    const isQuiet = !isActing && shops.every(({ isOpen }) => !isOpen);
    return isQuiet || performance.now() - this.#doneAt > SETTLES_WITHIN_MS;
  }

  #look(watch: Watch): Promise<NonNullable<RunView['shops']>> {
    // None, unless what passed says that the two clocks differ: most often the browser is on this machine.
    const browserOffsetMs = Math.min(Math.max(0, this.#leastOffsetMs), this.#mostOffsetMs);
    return watch.look({ beganMs: watch.beganMs, browser: this.#entries, acts: this.#acts, browserOffsetMs });
  }

  async #faultsLeft({ once, naive }: Sandbox): Promise<string[]> {
    const all = await Promise.all([once, ...(naive ? [naive] : [])].map((account) => account.faults()));
    return all
      .flat()
      .filter(({ hits, times }) => hits < times)
      .map(({ action, hits, times }) => `${action.name} struck ${hits} of ${times} times`);
  }
}
