import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
// @boundaries-ignore the way the shop is started belongs to no package
import { commandOf } from '../../scripts/apps.ts';
// @boundaries-ignore as above
import { startProcess, type TiedProcess } from '../../scripts/process.ts';
// @boundaries-ignore as above
import { untilReady } from '../../scripts/ready.ts';
// @boundaries-ignore as above
import type { Ports } from '../../scripts/settings.ts';
// @boundaries-ignore as above
import type { Stack } from '../../scripts/stack.ts';

interface Beside {
  readonly stack: Stack;
  readonly ports: Ports;
  readonly env: NodeJS.ProcessEnv;
}

/** One more worker of the same shop, beside the stack's own: they know nothing of each other. */
export class Worker {
  readonly #beside: Beside;
  readonly #logFile: string;
  #process: TiedProcess | undefined;
  #isOver = false;

  constructor(beside: Beside) {
    this.#beside = beside;
    this.#logFile = join(beside.stack.dataDir, 'logs', `worker-${beside.ports.worker}.log`);
  }

  /** Resolves when it can work. A start may fail because something else is dead: then it is started once more. */
  async starts(): Promise<void> {
    while (!this.#isOver && !(await this.#started()));
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#process?.stop();
  }

  async #started(): Promise<boolean> {
    const { stack, ports, env } = this.#beside;
    const instance = randomUUID();
    const { dataDir, webUrl, databaseUrl } = stack;
    const { readyUrl, ...command } = commandOf(
      'worker',
      { dataDir, ports, publicUrl: webUrl, stripe: undefined, mode: 'production', env },
      { url: databaseUrl, appUrls: { web: databaseUrl, worker: databaseUrl }, stop: async () => {} },
      instance,
    );
    const process = startProcess({ ...command, logFile: this.#logFile });
    this.#process = process;
    try {
      await untilReady({ app: 'worker', process, logFile: this.#logFile, readyUrl, instance });
      return true;
    } catch {
      await process.kill();
      return false;
    }
  }
}
