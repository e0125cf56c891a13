// Mistakes planted in the product, one at a time, each of which a named test must notice.
import { parseArgs } from 'node:util';
import { ProofError } from '../errors.ts';
import type { Part } from '../part.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { failing, trial } from './trial.ts';
import { WorkCopy } from './work-copy.ts';

export const mutants: Part = {
  name: 'mutants',
  what: 'mistakes planted in a copy of the source, one at a time; each must be noticed by the test that it names',
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { only: { type: 'string', default: '' } } });
    const chosen = MUTANTS.filter(({ name, killer }) => `${killer.layer} ${name}`.includes(values.only));
    if (chosen.length === 0)
      throw new ProofError('OPTION_INVALID', `no mutant has “${values.only}” in its name or layer`);
    const copy = new WorkCopy();
    try {
      return (await passUnchanged(copy, chosen)) && (await allAreKilled(copy, chosen));
    } finally {
      copy.close();
    }
  },
};

async function passUnchanged(copy: WorkCopy, chosen: readonly Mutant[]): Promise<boolean> {
  const failed = await failing(
    copy,
    chosen.map(({ killer }) => killer),
  );
  for (const { file, title } of failed) console.log(`✗ without any mistake this does not pass: ${file}: ${title}`);
  return failed.length === 0;
}

async function allAreKilled(copy: WorkCopy, chosen: readonly Mutant[]): Promise<boolean> {
  const startedAt = performance.now();
  let killed = 0;
  for (const mutant of chosen) {
    const verdict = await trial(copy, mutant);
    if (verdict.kind === 'killed') killed++;
    const { layer, file, title } = mutant.killer;
    console.log(
      `${verdict.kind === 'killed' ? '✓' : '✗'} ${mutant.name.padEnd(44)} ${layer.padEnd(9)} ${verdict.kind}: ` +
        `${'said' in verdict ? verdict.said.slice(0, 110) : `${file}: ${title}`}`,
    );
  }
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(0);
  console.log(`${killed} of ${chosen.length} mutants killed in ${seconds} s`);
  return killed === chosen.length;
}
