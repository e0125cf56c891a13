import { globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const rows = readFileSync(`${root}/docs/root-causes.md`, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, , tests] = line.split('|').map((cell) => cell.trim());
    return number?.startsWith('R') ? [{ number, tests: tests?.split(' · ') ?? [] }] : [];
  });
const files = new Map(
  globSync('{packages,apps}/*/test/*.test.ts', { cwd: root })
    .concat(globSync('e2e/tests/*.spec.ts', { cwd: root }))
    .map((file) => [basename(file), readFileSync(`${root}/${file}`, 'utf8')]),
);

it('all 22 root causes are in the table', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 22 }, (_, i) => `R${i + 1}`));
});

it.each(rows)('$number is shown by tests that there are', ({ tests }) => {
  expect(tests.length).toBeGreaterThan(0);
  for (const test of tests) {
    const [, file = '', title = ''] = /^([\w.-]+\.ts): (.+)$/.exec(test) ?? [];
    const source = files.get(file);
    expect(source, `${file} of “${test}”`).toBeDefined();
    // As it is written there: a title, whole, between quotes.
    expect(source?.includes(`'${title}'`) || source?.includes(`'${title}, `), `${title} in ${file}`).toBe(true);
  }
});
