import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { Choices } from './choices.ts';
import type { ClientLog } from './client-log.ts';
import type { Plan } from './plan.ts';
import type { Bought } from './shopper.ts';
import type { Asked, Replied } from './staff-process.ts';

type Request = Asked['request'];

const MOST_TURNS = 60;
const AGAIN_MS = 300;
/** Nothing final: the same request is sent again, as the page of staff does. */
const OPEN = new Set(['unknown', 'ERROR', 'UNAVAILABLE', 'PAYMENT_UNKNOWN']);

/** Gives money back through a process that may die at any moment. */
export class Staff {
  readonly #env: NodeJS.ProcessEnv;
  readonly #log: ClientLog;
  readonly #seed: string;
  readonly #waiting = new Map<number, (said: string | undefined) => void>();
  #process: ChildProcess;
  #asked = 0;

  constructor({ env, log, seed }: { env: NodeJS.ProcessEnv; log: ClientLog; seed: string }) {
    this.#env = env;
    this.#log = log;
    this.#seed = seed;
    this.#process = this.#start();
  }

  /** What the plan has staff do with an order that was paid. */
  async handles({ checkoutId: orderId, totalMinor, lines }: Bought, plan: Plan): Promise<void> {
    const choices = new Choices(this.#seed, 'staff', plan.shopper);
    const all = Array.from({ length: lines }, (_, index) => index + 1);
    const request = (amountMinor: number, some: Partial<Request> = {}): Request => ({
      ...{ orderId, refundId: uuidv7(), amountMinor, refundedMinor: 0, lines: [] },
      ...{ reason: 'asked for', actor: 'staff:soak' as const, ...some },
    });
    switch (plan.later) {
      case 'refund':
        return await this.#refunds(plan, request(totalMinor, { lines: all }));
      case 'part': {
        const amountMinor = choices.between(1, totalMinor - 1);
        await this.#refunds(plan, request(amountMinor));
        return await this.#refunds(plan, request(totalMinor - amountMinor, { refundedMinor: amountMinor }));
      }
      case 'clicked_twice': {
        const clicked = request(totalMinor, { lines: all });
        await Promise.all([this.#refunds(plan, clicked), this.#refunds(plan, clicked)]);
        return;
      }
      case 'by_two':
        await Promise.all([1, 2].map(() => this.#refunds(plan, request(totalMinor, { lines: all }))));
        return;
      default:
    }
  }

  /** Resolves when another one is at work. */
  async kill(): Promise<void> {
    await this.#dies();
    this.#process = this.#start();
    await once(this.#process, 'message');
  }

  async close(): Promise<void> {
    await this.#dies();
  }

  async #dies(): Promise<void> {
    const dying = this.#process;
    const exited = once(dying, 'exit');
    dying.kill('SIGKILL');
    await exited;
  }

  #start(): ChildProcess {
    const started = fork(join(import.meta.dirname, 'staff-process.ts'), { env: this.#env });
    started.on('message', (message: Replied | 'ready') => {
      if (message !== 'ready') this.#hears(message.id, message.said);
    });
    started.once('exit', () => {
      for (const id of this.#waiting.keys()) this.#hears(id, undefined);
    });
    return started;
  }

  #hears(id: number, said: string | undefined): void {
    this.#waiting.get(id)?.(said);
    this.#waiting.delete(id);
  }

  async #refunds({ shopper }: Plan, request: Request): Promise<void> {
    for (let turn = 0; turn < MOST_TURNS; turn++) {
      const said = await this.#ask(request);
      this.#log.add({
        ...{ at: Date.now(), shopper, procedure: 'refund', checkoutId: request.orderId, key: request.refundId },
        ...{ token: null, totalMinor: request.amountMinor, status: said ? 200 : null, errorCode: null },
        ...{ answer: said ?? null, reason: null, last4: null, others: [] },
      });
      if (said && !OPEN.has(said)) return;
      await pause(AGAIN_MS);
    }
  }

  #ask(request: Request): Promise<string | undefined> {
    const id = this.#asked++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      // One that is just being killed has hung up: its exit answers.
      this.#process.send({ id, request } satisfies Asked, (error) => error && this.#hears(id, undefined));
    });
  }
}
