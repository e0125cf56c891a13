// An actor is one process of the shop: it runs from gate to gate, and only when the scheduler lets it. Between two gates
// nobody else runs, so the order in which gates are passed is the whole schedule, and repeating it repeats the run.
import { AsyncLocalStorage } from 'node:async_hooks';
import { ScheduleError } from './errors.ts';

/** What an actor did between two gates. */
export interface Step {
  readonly actor: string;
  readonly label: string;
  readonly notes: string[];
}

const current = new AsyncLocalStorage<Actor>();

/** The actor whose code is running; undefined outside of a schedule: while a stage is set and while the world heals. */
export const actorHere = (): Actor | undefined => current.getStore();

/** Waits until the scheduler lets this actor go on. Whoever is no actor passes. */
export async function gate(label: string): Promise<void> {
  await current.getStore()?.arrive(label);
}

/** Written into the step that is under way, for the story. */
export function note(text: string): void {
  current.getStore()?.note(text);
}

/** Adds to what the actor has heard: all that its next steps can depend on. */
export const hears = (actor: Actor | undefined, what: unknown): void =>
  void actor?.heard.push(what instanceof Error ? String(what) : (JSON.stringify(what, plainly) ?? ''));

const plainly = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

const STUCK_MS = 20_000;

export class Actor {
  readonly name: string;
  /** What it came to: undefined while it runs. */
  end: { readonly value: unknown } | { readonly error: unknown } | undefined;
  /** The phase whose COMMIT is next, as the library's crash points tell. */
  phase = '';
  /** Every answer of the database and of the provider, and every gate passed, in order. */
  readonly heard: string[] = [];
  #story: Step[];
  #step: Step | undefined;
  #pass: (() => void) | undefined;
  #stands: () => void = () => {};
  #dead = false;
  readonly #ready: Promise<void>;

  constructor(name: string, story: Step[], run: () => Promise<unknown>) {
    this.name = name;
    this.#story = story;
    this.#ready = this.#untilItStands();
    current.run(this, () => {
      void run()
        .then(
          (value) => {
            this.end = { value };
          },
          (error: unknown) => {
            this.end = { error };
          },
        )
        .then(() => this.#stands());
    });
  }

  /** Runs to its first gate. */
  async begin(): Promise<void> {
    await this.#ready;
  }

  /** Passes the gate and runs to the next one, or to its end. */
  async step(): Promise<void> {
    const pass = this.#pass;
    if (pass === undefined) throw new ScheduleError('NOT_AT_GATE', `${this.name} has ended: it has no next step`);
    this.#pass = undefined;
    const stands = this.#untilItStands();
    pass();
    await stands;
  }

  /** As after SIGKILL: whatever it waits for, it never goes on. */
  kill(): void {
    this.#dead = true;
  }

  note(text: string): void {
    this.#step?.notes.push(text);
  }

  async arrive(label: string): Promise<void> {
    if (this.#dead) return await new Promise(() => {});
    if (this.#pass) throw new ScheduleError('NOT_AT_GATE', `${this.name} does two things at once: ${label}`);
    await new Promise<void>((pass) => {
      this.#pass = () => {
        this.#step = { actor: this.name, label, notes: [] };
        this.#story.push(this.#step);
        this.heard.push(`passes ${label}`);
        pass();
      };
      this.#stands();
    });
  }

  #untilItStands(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new ScheduleError('STUCK', `${this.name} came to no gate in ${STUCK_MS} ms`)),
        STUCK_MS,
      );
      this.#stands = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
