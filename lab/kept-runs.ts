import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
// @boundaries-ignore the page is what the laboratory speaks to
import type { RunView } from '../apps/web/src/lab/run.ts';

const MOST_KEPT = 100;

/** Runs that are over, as files: their addresses can be shared. The oldest go. */
export class KeptRuns {
  readonly #folder: string;
  readonly #most: number;

  constructor(folder: string, most = MOST_KEPT) {
    this.#folder = folder;
    this.#most = most;
    mkdirSync(folder, { recursive: true });
  }

  get(id: string): RunView | undefined {
    try {
      return JSON.parse(readFileSync(this.#fileOf(id), 'utf8')) as RunView;
    } catch {
      return undefined;
    }
  }

  keep(run: RunView): void {
    const file = this.#fileOf(run.id);
    writeFileSync(`${file}.new`, JSON.stringify(run));
    renameSync(`${file}.new`, file);
    const files = readdirSync(this.#folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => ({ name, mtimeMs: statSync(join(this.#folder, name)).mtimeMs }))
      .toSorted((a, b) => b.mtimeMs - a.mtimeMs);
    for (const { name } of files.slice(this.#most)) rmSync(join(this.#folder, name), { force: true });
  }

  #fileOf(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}
