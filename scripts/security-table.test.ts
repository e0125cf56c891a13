// docs/security.md: every row of the checklist names tests, and they are there.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './settings.ts';

const ROWS = 31;
const DOCS = join(ROOT, 'docs');
const rows = readFileSync(join(DOCS, 'security.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, number, what = '', tests = ''] = /^\| (\d+) \| (.+) \| (.+) \|$/.exec(line) ?? [];
    return number ? [{ number: Number(number), what, tests }] : [];
  });

it('the checklist has all its rows, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
});

it.each(rows)('row $number: $what', ({ tests }) => {
  for (const test of tests.split(/; (?=\[)/)) {
    const [, path = '', title = ''] = /^\[[\w-]+\]\((\S+)\) "(.+)"$/.exec(test) ?? [];
    expect([test, path]).not.toEqual([test, '']);
    expect(readFileSync(join(DOCS, path), 'utf8')).toContain(title);
  }
});
