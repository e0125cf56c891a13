// Spin and a C compiler, as Debian ships them: `apt-get install spin gcc`.
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProofError } from '../errors.ts';
import type { Budgets } from './defects.ts';

const SOURCES = ['once.pml', 'record.pml'];

export interface Verdict {
  /** The property that was violated; null: none. */
  readonly violated: string | null;
  readonly states: number;
  readonly transitions: number;
  readonly megabytes: number;
  readonly seconds: number;
  /** Every reachable state was visited. */
  readonly complete: boolean;
}

export const isSpinHere = (): boolean =>
  ['spin', 'gcc'].every((name) => spawnSync(name, ['--version']).error === undefined);

/** A compiled verifier. `liveness`: of the temporal property, with weak fairness; otherwise of every MUST. */
export class Verifier {
  readonly #folder = mkdtempSync(join(tmpdir(), 'once-model-'));
  readonly #isLiveness: boolean;

  constructor({ liveness = false } = {}) {
    this.#isLiveness = liveness;
    for (const name of SOURCES) copyFileSync(fileURLToPath(new URL(name, import.meta.url)), join(this.#folder, name));
    this.#must('spin', ['-a', ...(liveness ? ['-DLIVENESS'] : []), 'once.pml']);
    const kind = liveness ? ['-DNFAIR=4'] : ['-DSAFETY'];
    this.#must('gcc', ['-O2', ...kind, '-DCOLLAPSE', '-DVECTORSZ=2048', '-DMEMLIM=12000', '-w', '-o', 'pan', 'pan.c']);
  }

  /** @param hashBits size of the hash table: 2 to the power of it */
  async run(budgets: Budgets, { hashBits = 22 } = {}): Promise<Verdict> {
    const env = {
      ...process.env,
      ...Object.fromEntries(Object.entries(budgets).map(([name, n]) => [name, String(n)])),
    };
    const args = ['-m1000000', `-w${hashBits}`, ...(this.#isLiveness ? ['-a', '-f'] : [])];
    const begun = performance.now();
    const pan = spawn(join(this.#folder, 'pan'), args, {
      cwd: this.#folder,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    for await (const chunk of pan.stdout) text += chunk;
    const seconds = (performance.now() - begun) / 1000;
    // A verifier that stopped early has found nothing, which must not look like a proof.
    if (!/errors: \d+/.test(text)) throw new ProofError('TOOL_FAILED', `pan: ${text.slice(0, 500)}`);
    const number = (pattern: RegExp) => Number(pattern.exec(text)?.[1] ?? Number.NaN);
    return {
      violated:
        /assertion violated (\w+)/.exec(text)?.[1] ??
        (/acceptance cycle/.test(text)
          ? 'rests'
          : /invalid end/.test(text.split('\n', 1)[0] ?? '')
            ? 'deadlock'
            : null),
      states: number(/(\d+(?:\.\d+e\+\d+)?) states, stored/),
      transitions: number(/(\d+(?:\.\d+e\+\d+)?) transitions/),
      megabytes: number(/([\d.]+)\s+total actual memory/),
      seconds,
      complete: !/search too small|max search depth|reached -DMEMLIM|out of memory|Search not completed/i.test(text),
    };
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #must(command: string, args: readonly string[]): void {
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: this.#folder, encoding: 'utf8' });
    if (status !== 0) throw new ProofError('TOOL_FAILED', `${command}: ${stderr || stdout}`);
  }
}
