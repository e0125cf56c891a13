// Where one test file relies on others: it names their tests by the words with which they begin.
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';

/** Test file, without `.test.ts`, to the beginnings of titles in it. */
export type TestedBy = Readonly<Record<string, readonly string[]>>;

/** Fails unless each of them is there. */
export async function expectTested(by: TestedBy): Promise<void> {
  for (const [file, beginnings] of Object.entries(by)) {
    const titles = titlesOf(await readFile(new URL(`${file}.test.ts`, import.meta.url), 'utf8'));
    for (const beginning of beginnings) {
      expect(titles.filter((title) => title.startsWith(beginning))).not.toEqual([]);
    }
  }
}

/** What stands as the first text behind test( or test.each(…)(. */
const titlesOf = (code: string): string[] =>
  [...code.matchAll(/\btest(?:\.(?:each|skipIf)\(.*?\))?\(\s*(['`])((?:(?!\1).)+)\1/gs)].map(
    ([, , title]) => title ?? '',
  );
