import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WHOLE_SHOP_MUTANTS } from '../mutants/whole-shop/mutants.ts';
import { patched, ROOT } from '../mutants/work-copy.ts';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const specs = new Map(globSync('e2e/tests/*.spec.ts', { cwd: ROOT }).map((file) => [basename(file), read(file)]));

describe.each(WHOLE_SHOP_MUTANTS)('the mistake “$name”', ({ changes, killers }) => {
  it('can be made in today’s source', () => {
    const files = new Map(changes.map(({ file }) => [file, read(file)]));
    expect(patched(files, changes)).not.toEqual(files);
  });

  it.each(killers)('is looked for by $spec: $title', ({ spec, title, values = {} }) => {
    const source = specs.get(spec);
    expect(source).toContain(title);
    for (const value of Object.values(values)) expect(source).toContain(value);
  });
});
