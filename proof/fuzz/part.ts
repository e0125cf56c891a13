import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ProofError } from '../errors.ts';
import type { Part } from '../part.ts';
import { type FuzzProfile, fuzz } from './fuzz.ts';

export const fuzzPart: Part = {
  name: 'fuzz',
  what: 'what strangers send to every parser of a real shop: pages, API, sign-in, events, the provider, bare bytes',
  run: async (args) => {
    const profile = readProfile(args);
    console.log(`seed ${profile.seed}, ${profile.seconds} s`);
    const { sent, broken, ill, stillSells } = await fuzz(profile);
    for (const [door, times] of Object.entries(sent))
      console.log(`   ${door.padEnd(10)} ${times.toLocaleString('en')}`);
    const quiet = Object.keys(sent).filter((door) => (sent[door] ?? 0) < LEAST);
    for (const door of quiet) console.log(`SHOWN TOO LITTLE: ${door} was asked fewer than ${LEAST} times`);
    for (const what of [...broken, ...ill]) console.log(`BROKEN ${what}`);
    if (!stillSells) console.log('BROKEN the shop sells nothing any more');
    return quiet.length === 0 && broken.length === 0 && ill.length === 0 && stillSells;
  },
};

/** Of any door, in any run that shows something. */
const LEAST = 20;

/** @throws {ProofError} `OPTION_INVALID` */
function readProfile(args: readonly string[]): FuzzProfile {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string' }, minutes: { type: 'string', default: '0.25' } },
  });
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed);
  const seconds = Number(values.minutes) * 60;
  if (!Number.isInteger(seed) || !(seconds > 0)) {
    throw new ProofError('OPTION_INVALID', 'fuzz: --seed <whole number> --minutes <more than 0>');
  }
  return { seed, seconds };
}
