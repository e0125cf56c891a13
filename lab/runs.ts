import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
// @boundaries-ignore the page is what the laboratory speaks to
import type { BrowserEntry, RunView } from '../apps/web/src/lab/run.ts';
// @boundaries-ignore as above
import { scenarioOf } from '../apps/web/src/lab/scenarios.ts';
import { Databases } from './database.ts';
import type { Env } from './env.ts';
import { LabError } from './errors.ts';
import { KeptRuns } from './kept-runs.ts';
import { Run } from './run.ts';
import type { Sandbox } from './sandbox.ts';

/** Each is three or four processes. */
const AT_ONCE = 2;
const MOST_WAITING = 10;
/** How long a database outlives its run, for whoever wants to look into it. */
const DROP_AFTER_MS = 60_000;

/** All runs: those that go on, those that wait for one of them to end, and those that are kept. */
export class Runs {
  readonly #env: Env;
  readonly #atOnce: number;
  readonly #databases: Databases;
  readonly #kept: KeptRuns;
  readonly #live = new Map<string, Run>();
  readonly #stopping = new AbortController();

  constructor(env: Env, atOnce = AT_ONCE) {
    this.#env = env;
    this.#atOnce = atOnce;
    this.#databases = new Databases(env.dataDir);
    this.#kept = new KeptRuns(join(env.dataDir, 'runs'));
    // Of a laboratory that was killed.
    for (const left of ['sandboxes', 'clusters']) rmSync(join(env.dataDir, left), { recursive: true, force: true });
  }

  /**
   * Begins a run, or joins it: asked twice for the same one, there is one. It waits where too many go on already.
   *
   * @throws {LabError} `NO_SUCH_SCENARIO`, `TOO_MANY`
   */
  start(id: string, scenarioId: string): RunView {
    const known = this.#known(id);
    if (known) return known;
    const scenario = scenarioOf(scenarioId);
    if (!scenario) throw new LabError('NO_SUCH_SCENARIO', scenarioId);
    this.#beginNext();
    if (this.#waiting().length >= MOST_WAITING) throw new LabError('TOO_MANY', 'too many wait already');
    const run = new Run(id, scenario, this.#env, this.#databases);
    this.#live.set(id, run);
    this.#beginNext();
    return run.view(this.#placeOf(run));
  }

  /** @throws {LabError} `NO_SUCH_RUN` */
  async view(id: string): Promise<RunView> {
    const view = this.#known(id);
    if (!view) throw new LabError('NO_SUCH_RUN', id);
    return view;
  }

  /** Takes what the browser has seen since the last time, and tells how the run stands. @throws {LabError} `NO_SUCH_RUN` */
  async sync(id: string, entries: readonly BrowserEntry[], done: boolean): Promise<RunView> {
    const run = this.#live.get(id);
    if (!run) return await this.view(id);
    await run.hear(entries, done);
    return run.view(this.#placeOf(run));
  }

  /** @throws {LabError} `NO_SUCH_RUN`, `NOT_READY` */
  sandboxOf(id: string): Sandbox {
    const run = this.#live.get(id);
    if (!run) throw new LabError('NO_SUCH_RUN', id);
    return run.sandbox;
  }

  /** What a browser sends, or gets, comes by here now; it knows when it had sent it. */
  passed(id: string, what: 'sent' | 'got', exchange: string): void {
    this.#live.get(id)?.passed(what, exchange);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#live.values()].map((run) => run.end('closed')));
    await this.#databases.stop();
  }

  #known(id: string): RunView | undefined {
    const run = this.#live.get(id);
    return run ? run.view(this.#placeOf(run)) : this.#kept.get(id);
  }

  #waiting(): Run[] {
    return [...this.#live.values()].filter(({ state }) => state === 'queued');
  }

  #placeOf(run: Run): number {
    return this.#waiting().indexOf(run) + 1;
  }

  #beginNext(): void {
    for (const run of this.#waiting()) if (run.isLeft) this.#live.delete(run.id);
    const going = [...this.#live.values()].filter(({ state }) => state === 'preparing' || state === 'ready').length;
    for (const run of this.#waiting().slice(0, Math.max(0, this.#atOnce - going))) void this.#go(run);
  }

  async #go(run: Run): Promise<void> {
    const { drop } = await run.untilOver();
    this.#kept.keep(run.view(0));
    this.#live.delete(run.id);
    if (!this.#stopping.signal.aborted) this.#beginNext();
    await sleep(DROP_AFTER_MS, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => {});
    await drop().catch((error: unknown) => console.error(error));
  }
}
