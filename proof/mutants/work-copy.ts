// A copy of the work tree, to be broken. The tree itself is never touched.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { ProofError } from '../errors.ts';
import type { Change } from './mutant.ts';

export const ROOT = join(import.meta.dirname, '../..');
const STORE = 'node_modules/.pnpm';

export class WorkCopy {
  readonly root = mkdtempSync(join(tmpdir(), 'once-mutants-'));

  constructor() {
    const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: ROOT });
    for (const file of listed.toString().split('\0').filter(Boolean)) {
      mkdirSync(dirname(join(this.root, file)), { recursive: true });
      cpSync(join(ROOT, file), join(this.root, file));
    }
    for (const modules of globSync('{,*/,*/*/}node_modules', { cwd: ROOT, exclude: isNested })) {
      copyLinks(join(ROOT, modules), join(this.root, modules));
    }
    symlinkSync(join(ROOT, STORE), join(this.root, STORE));
  }

  /** Applies a patch while `work` runs. @throws {ProofError} `PATCH_STALE` */
  async with<T>(changes: readonly Change[], work: () => Promise<T>): Promise<T> {
    const before = this.#read(changes);
    const after = patched(before, changes);
    try {
      for (const [file, text] of after) writeFileSync(join(this.root, file), text);
      return await work();
    } finally {
      for (const [file, text] of before) writeFileSync(join(this.root, file), text);
    }
  }

  /** @throws {ProofError} `PATCH_STALE` */
  expectFits(changes: readonly Change[]): void {
    patched(this.#read(changes), changes);
  }

  #read(changes: readonly Change[]): ReadonlyMap<string, string> {
    return new Map(changes.map(({ file }) => [file, readFileSync(join(this.root, file), 'utf8')]));
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** @throws {ProofError} `PATCH_STALE`: the text is not there, or more than once */
export function patched(files: ReadonlyMap<string, string>, changes: readonly Change[]): ReadonlyMap<string, string> {
  const texts = new Map(files);
  for (const { file, from, to } of changes) {
    const parts = (texts.get(file) ?? '').split(from);
    if (parts.length !== 2) {
      throw new ProofError('PATCH_STALE', `${file} has ${parts.length - 1} times, not once: ${from}`);
    }
    texts.set(file, parts.join(to));
  }
  return texts;
}

const isNested = (path: string) => path.split('node_modules').length > 2;

/** Links between packages are relative, so in the copy they lead to the copy; what npm installed is one for both. */
function copyLinks(from: string, to: string): void {
  const filter = (path: string) => !basename(path).startsWith('.') || basename(path) === '.bin';
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter });
}
