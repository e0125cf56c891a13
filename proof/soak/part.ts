import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Part } from '../part.ts';
import { violationsOf } from './invariants.ts';
import { readProfile } from './profile.ts';
import { reportOf, shortcomings } from './report.ts';
import { soak } from './soak.ts';

export const soakPart: Part = {
  name: 'soak',
  what: 'purchases through a real shop whose provider errs and whose processes die, checked from three records',
  run: async (args) => {
    const profile = readProfile(args);
    console.log(`seed ${profile.seed}`);
    const run = await soak(profile);
    const violations = violationsOf(run.evidence);
    const missing = shortcomings(profile, run);
    console.log(reportOf(profile, run, violations));
    for (const what of missing) console.log(`SHOWN TOO LITTLE: ${what}`);
    if (violations.length > 0) {
      const file = join(tmpdir(), `once-soak-${profile.seed}.json`);
      writeFileSync(file, JSON.stringify({ violations, evidence: run.evidence }));
      console.log(`all that was collected: ${file}`);
    }
    return violations.length === 0 && missing.length === 0;
  },
};
