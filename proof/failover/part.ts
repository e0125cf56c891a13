import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { migrate } from '@once/db/migrate';
import { prepareNodes } from '@once/local-postgres/replication';
import { ProofError } from '../errors.ts';
import type { Part } from '../part.ts';
import { violations } from './invariants.ts';
import { KINDS, type Kind, play, type Scene } from './scene.ts';

const MEMORY = '/dev/shm';

export const failoverPart: Part = {
  name: 'failover',
  what: 'a primary is lost under load, by kill -9 or by a split, and a streaming standby takes over',
  async run(args) {
    const options = read(args);
    console.log(`seed ${options.seed}, ${options.times} of each`);
    const tallies = await failovers(options);
    for (const tally of tallies) console.log(lineOf(tally));
    return tallies.every((tally) => tally.violations.length === 0 && showsEnough(tally));
  },
};

export interface Options {
  readonly kinds: readonly Kind[];
  readonly times: number;
  readonly seed: string;
}

/** What came of all failovers of one kind. */
export interface Tally {
  readonly kind: Kind;
  failovers: number;
  charged: number;
  /** Final answers that the old primary gave, and those of them that the new one knew nothing of. */
  told: number;
  lost: number;
  cancelled: number;
  slowestMs: number;
  readonly violations: string[];
}

export async function failovers({ kinds, times, seed }: Options): Promise<Tally[]> {
  // On a disk every failover would wait for two copies of a cluster.
  const folder = mkdtempSync(join(existsSync(MEMORY) ? MEMORY : tmpdir(), 'once-failover-'));
  chmodSync(folder, 0o755); // the servers run as somebody else where we are root
  const tallies: Tally[] = kinds.map((kind) => ({
    ...{ kind, failovers: 0, charged: 0, told: 0, lost: 0, cancelled: 0, slowestMs: 0, violations: [] },
  }));
  try {
    const nodes = await prepareNodes({ folder, prepare: migrate });
    for (let round = 0; round < times; round++) {
      for (const tally of tallies)
        await play(nodes, { kind: tally.kind, seed, round }, (scene) => add(tally, scene, round));
    }
    return tallies;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function add(tally: Tally, scene: Scene, round: number): Promise<void> {
  tally.failovers += 1;
  tally.charged += scene.bank.charges.length;
  tally.told += scene.toldBefore;
  tally.lost += scene.lost.length;
  tally.cancelled += scene.cancelled;
  tally.slowestMs = Math.max(tally.slowestMs, scene.promoteMs);
  for (const violated of await violations(scene)) {
    tally.violations.push(violated);
    console.log(`   ${scene.kind} ${round}: ${violated}`);
  }
}

function lineOf({
  kind,
  failovers: done,
  charged,
  told,
  lost,
  cancelled,
  slowestMs,
  violations: violated,
}: Tally): string {
  const waits = kind === 'cancelled' ? `, ${cancelled} waits cancelled` : '';
  return (
    `   ${kind}: ${done} failovers, ${charged} charges, ${told} final answers before it, of which the standby lacked ${lost}` +
    `${waits}; promoted within ${Math.ceil(slowestMs)} ms; ${violated.length} violations`
  );
}

/** A run in which nothing could go wrong has shown nothing. */
function showsEnough({ kind, failovers: done, told, lost, cancelled }: Tally): boolean {
  if (done < 20) return true;
  const missing =
    told === 0 || ((kind === 'async' || kind === 'split') && lost === 0) || (kind === 'cancelled' && cancelled === 0);
  if (missing) console.log(`SHOWN TOO LITTLE: ${kind}`);
  return !missing;
}

function read(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      times: { type: 'string', default: '3' },
      seed: { type: 'string', default: 'failover' },
      mode: { type: 'string', multiple: true, default: [...KINDS] },
    },
  });
  const times = Number(values.times);
  if (!Number.isInteger(times) || times < 1) throw new ProofError('OPTION_INVALID', '--times is a whole number');
  const kinds = KINDS.filter((kind) => values.mode.includes(kind));
  const strange = values.mode.filter((mode) => !kinds.some((kind) => kind === mode));
  if (strange.length > 0) throw new ProofError('OPTION_INVALID', `--mode is one of ${KINDS.join(', ')}`);
  return { kinds, times, seed: values.seed };
}
