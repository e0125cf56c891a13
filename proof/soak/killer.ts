import { setTimeout as pause } from 'node:timers/promises';
// @boundaries-ignore the way the shop is started belongs to no package
import { APPS, type App } from '../../scripts/apps.ts';
// @boundaries-ignore as above
import type { Stack } from '../../scripts/stack.ts';
import { Choices } from './choices.ts';
import { PostgresServer } from './postgres-server.ts';
import { type Profile, VICTIMS, type Victim } from './profile.ts';
import type { Staff } from './staff.ts';
import type { Worker } from './workers.ts';

/** The longest that something stays dead before it is started again. */
const DEAD_MS = 500;
const LOOK_MS = 50;

interface Victims {
  readonly stack: Stack;
  /** Beside the one in `stack`. */
  readonly workers: readonly Worker[];
  readonly staff: Staff;
  readonly profile: Profile;
}

/** Kills parts of the shop with -9, each by a schedule of its own, and starts whatever is dead. */
export class Killer {
  readonly kills: Record<Victim, number> = { worker: 0, web: 0, provider: 0, staff: 0, postgres: 0 };
  /** The provider's own deaths, by faults that kill it. */
  deaths = 0;
  readonly #stack: Stack;
  readonly #workers: readonly Worker[];
  readonly #staff: Staff;
  readonly #postgres: PostgresServer;
  readonly #profile: Profile;
  readonly #stopping = new AbortController();
  #schedules: Promise<unknown> = Promise.resolve();
  #keeper: Promise<void> = Promise.resolve();
  readonly #starting = new Map<App, Promise<void>>();
  #isClosed = false;
  readonly #ended: string[] = [];

  constructor({ stack, workers, staff, profile }: Victims) {
    this.#stack = stack;
    this.#workers = workers;
    this.#staff = staff;
    this.#postgres = new PostgresServer(stack.dataDir, Number(new URL(stack.databaseUrl).port));
    this.#profile = profile;
  }

  /** Processes that ended by themselves: by nobody's kill, and no fault's. */
  get ended(): readonly string[] {
    return this.#ended;
  }

  starts(): void {
    this.#keeper = Promise.all(APPS.map((app) => this.#keeps(app))).then(() => undefined);
    this.#schedules = Promise.all(VICTIMS.map((victim) => this.#follows(victim)));
  }

  /** No more kills. Whatever is dead comes back. */
  async stops(): Promise<void> {
    this.#stopping.abort();
    await this.#schedules;
  }

  async close(): Promise<void> {
    await this.stops();
    this.#isClosed = true;
    await this.#keeper;
    await this.#postgres.close();
  }

  async #follows(victim: Victim): Promise<void> {
    const apart = this.#profile.killMs[victim];
    if (!apart) return;
    const choices = new Choices(this.#profile.seed, 'kill', victim);
    for (;;) {
      await this.#wait(choices.between(...apart));
      if (this.#stopping.signal.aborted) return;
      this.kills[victim] += 1;
      await this.#kill(victim, choices);
    }
  }

  async #kill(victim: Victim, choices: Choices): Promise<void> {
    const deadMs = choices.between(0, DEAD_MS);
    if (victim === 'staff') return await this.#staff.kill();
    if (victim === 'postgres') return await this.#postgres.dies(deadMs);
    const worker = victim === 'worker' ? choices.one([undefined, ...this.#workers]) : undefined;
    await (worker ? worker.kill() : this.#stack.kill(victim));
    await pause(deadMs);
    await (worker ? worker.starts() : this.#comesBack(victim));
  }

  /** As whatever runs it in earnest would: what has died is started on what it left. */
  async #keeps(app: App): Promise<void> {
    while (!this.#isClosed) {
      await pause(LOOK_MS);
      const process = this.#stack.processes.get(app);
      const exit = process?.exit();
      if (!process || !exit || process.isEnding() || this.#starting.has(app)) continue;
      if (app === 'provider' && exit.signal === 'SIGKILL') this.deaths += 1;
      else this.#ended.push(`${app} (${exit.signal ?? `exit code ${exit.code}`})`);
      await this.#comesBack(app);
    }
  }

  /** Resolves when it can work. A start may fail because something else is dead: then it is started once more. */
  async #comesBack(app: App): Promise<void> {
    const start = async (): Promise<void> => {
      while (!this.#isClosed) {
        try {
          return await this.#stack.restart(app);
        } catch {
          await pause(LOOK_MS);
        }
      }
    };
    const starting = this.#starting.get(app) ?? start().finally(() => this.#starting.delete(app));
    this.#starting.set(app, starting);
    await starting;
  }

  async #wait(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stopping.signal }).catch(() => {});
  }
}
