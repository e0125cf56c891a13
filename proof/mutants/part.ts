// Mistakes planted in the product, one at a time, each of which a named test must notice.
import { parseArgs } from 'node:util';
import { startTestPostgres } from '@once/local-postgres/testing';
import { ProofError } from '../errors.ts';
import type { Part } from '../part.ts';
import type { Mutant } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { tableOf } from './table.ts';
import { failing, type Tried, trial } from './trial.ts';
import { WorkCopy } from './work-copy.ts';

export const mutants: Part = {
  name: 'mutants',
  what: 'mistakes planted in a copy of the source, one at a time; each must be noticed by the test that it names',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { only: { type: 'string', multiple: true, default: [''] } },
    });
    const chosen = MUTANTS.filter(({ name, killer }) =>
      values.only.some((text) => `${killer.layer} ${name}`.includes(text)),
    );
    if (chosen.length === 0)
      throw new ProofError('OPTION_INVALID', `no mutant has “${values.only.join('” or “')}” in its name or layer`);
    const copy = new WorkCopy();
    const server = await startTestPostgres();
    try {
      for (const { changes } of chosen) copy.expectFits(changes);
      return (await passUnchanged(copy, chosen)) && (await areKilled(copy, chosen));
    } finally {
      await server.stop();
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

async function areKilled(copy: WorkCopy, chosen: readonly Mutant[]): Promise<boolean> {
  const startedAt = performance.now();
  const tried: Tried[] = [];
  for (const mutant of chosen) {
    const verdict = await trial(copy, mutant);
    tried.push({ mutant, verdict });
    const said = 'said' in verdict ? `: ${verdict.said.slice(0, 120)}` : '';
    console.log(`${String(tried.length).padStart(3)} of ${chosen.length}  ${mutant.name}: ${verdict.kind}${said}`);
  }
  const killed = tried.filter(({ verdict }) => verdict.kind === 'killed').length;
  console.log(`\n${tableOf(tried)}\n`);
  console.log(`${killed} of ${chosen.length} killed in ${((performance.now() - startedAt) / 1_000).toFixed(0)} s`);
  return killed === chosen.length;
}
