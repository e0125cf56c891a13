// `pnpm bench [names…] [--minutes <of churn>]`: measures, prints, keeps the result in bench/results and the figures in docs/performance.md.

import { parseArgs } from 'node:util';
// @boundaries-ignore one way to say what went wrong
import { explain } from '../scripts/errors.ts';
import { FULL } from './bench.ts';
import { chosen } from './benches.ts';
import { writeDocuments } from './report/document.ts';
import { commit, load, thisMachine } from './report/machine.ts';
import { committed, keep, type Result } from './report/results.ts';
import { runsOf, tableOf } from './report/table.ts';

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { minutes: { type: 'string' } } });
  const benches = chosen(positionals);
  const scale = values.minutes === undefined ? FULL : { ...FULL, churnMs: Number(values.minutes) * 60_000 };
  const about = { commit: commit(), machine: await thisMachine() };
  for (const { name, run } of benches) {
    const [at, before, begun] = [new Date().toISOString(), load(), performance.now()];
    console.error(`── ${name}`);
    const figures = await run(scale);
    const seconds = (performance.now() - begun) / 1000;
    const result: Result = { bench: name, at, ...about, load: [before, load()], seconds, figures };
    keep(result);
    writeDocuments();
    console.log(`${tableOf([result], committed)}\n\n${runsOf([result])}\n`);
  }
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
