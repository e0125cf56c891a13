import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type LocalPostgres, openPostgres } from '@once/local-postgres';

const AGAIN_MS = 200;

/** The shop's database server, killed as a whole and started on what it left. */
export class PostgresServer {
  readonly #dataDir: string;
  readonly #port: number;
  #started: LocalPostgres | undefined;

  constructor(dataDir: string, port: number) {
    this.#dataDir = dataDir;
    this.#port = port;
  }

  async dies(deadMs: number): Promise<void> {
    const pid = Number(readFileSync(join(this.#dataDir, 'pg/postmaster.pid'), 'utf8').split('\n', 1)[0]);
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await pause(5);
    await pause(deadMs);
    while (!(await this.#comesBack()));
  }

  /** @returns false: it was busy with what the dead one has left */
  async #comesBack(): Promise<boolean> {
    try {
      this.#started = await openPostgres({ dataDir: this.#dataDir, port: this.#port });
      return true;
    } catch {
      await pause(AGAIN_MS);
      return false;
    }
  }

  /** The stack stops the server that it has started; this is for the one that came after. */
  async close(): Promise<void> {
    await this.#started?.stop();
  }
}

function isAlive(pid: number): boolean {
  try {
    // A zombie has ended; only its parent has not looked yet.
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
