// The protocol as a Promela model: every state of it, and every planted mistake found by a property with a name.
import { parseArgs } from 'node:util';
import type { Part } from '../part.ts';
import { DEFECTS, FULL, LIVENESS, SMALL, type World } from './defects.ts';
import { committedPml, recordPml } from './generate.ts';
import { isSpinHere, Verifier } from './spin.ts';

export const model: Part = {
  name: 'model',
  what: 'the protocol in Promela, all states at three payers, and planted defects that it must refute',
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { small: { type: 'boolean', default: false } } });
    if (!isSpinHere()) {
      console.error('SKIPPED: the model needs Spin and gcc, which are not here: apt-get install spin gcc');
      return true;
    }
    if (committedPml() !== recordPml()) {
      console.log(
        '✗ record.pml is not what the library’s SQL says: node proof/model/generate.ts > proof/model/record.pml',
      );
      return false;
    }
    return (await checkAll(values.small ? SMALL : FULL)) && (await checkLiveness());
  },
};

async function checkAll(worlds: readonly World[]): Promise<boolean> {
  const verifier = new Verifier();
  let ok = true;
  try {
    console.log('as written, three payers, all states:');
    for (const { what, budgets } of worlds) {
      const verdict = await verifier.run(budgets, { hashBits: worlds === FULL ? 26 : 22 });
      const { violated, states, seconds, megabytes, complete } = verdict;
      ok &&= violated === null && complete;
      console.log(
        `  ${violated === null && complete ? '✓' : '✗'} ${what.padEnd(54)} ${states.toLocaleString('en').padStart(11)} states ` +
          `${seconds.toFixed(1).padStart(6)} s ${String(Math.round(megabytes)).padStart(5)} MB ${violated ?? ''}${complete ? '' : ' NOT all'}`,
      );
    }
    console.log('planted defects:');
    for (const { number, what, refutedBy, budgets } of DEFECTS) {
      const { violated } = await verifier.run({ ...budgets, DEFECT: number });
      ok &&= violated === refutedBy;
      const said = violated === null ? 'nothing: another lock holds' : violated;
      console.log(`  ${violated === refutedBy ? '✓' : '✗'} ${what.padEnd(54)} ${said}`);
    }
  } finally {
    verifier.close();
  }
  return ok;
}

async function checkLiveness(): Promise<boolean> {
  const verifier = new Verifier({ liveness: true });
  try {
    const { violated, states, seconds } = await verifier.run(LIVENESS.budgets);
    console.log(
      `liveness, with weak fairness:\n  ${violated === null ? '✓' : '✗'} ${LIVENESS.what.padEnd(54)} ${states.toLocaleString('en').padStart(11)} states ${seconds.toFixed(1).padStart(6)} s ${violated ?? ''}`,
    );
    return violated === null;
  } finally {
    verifier.close();
  }
}
