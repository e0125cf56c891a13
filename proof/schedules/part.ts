// Every order in which two processes of the shop can go through a payment, with a crash after every step of each.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { migrate } from '@once/db/migrate';
import { createTemplate, startTestPostgres, testDatabase } from '@once/local-postgres/testing';
import { ProofError } from '../errors.ts';
import type { Part } from '../part.ts';
import { type Explored, explore, UNREPEATABLE } from './explore.ts';
import type { Grain } from './gated-database.ts';
import { play } from './play.ts';
import { type Scenario, scenarioOf, scenarios } from './scenarios.ts';
import { openStage } from './stage.ts';
import { storyOf } from './story.ts';
import { startThread } from './threads.ts';

const LANES = 6;
const SHOWN = 3;

export const schedules: Part = {
  name: 'schedules',
  what: 'the real code on a real Postgres, in every order that two processes can take, with a crash after every step',
  async run(args) {
    const options = read(args);
    const server = await startTestPostgres();
    try {
      await createTemplate('shop', migrate);
      return options.id === undefined ? await runAll(options) : await replay(options.id, options.grain);
    } finally {
      await server.stop();
    }
  },
};

interface Options {
  readonly id?: string;
  readonly grain: Grain;
  readonly only: string;
  readonly preemptions: number;
  readonly trios: boolean;
  readonly each: boolean;
  readonly minutes: number;
  readonly threads: number;
}

function read(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      id: { type: 'string' },
      grain: { type: 'string', default: 'writes' },
      only: { type: 'string', default: '' },
      preemptions: { type: 'string', default: 'Infinity' },
      trios: { type: 'boolean', default: false },
      each: { type: 'boolean', default: false },
      minutes: { type: 'string', default: 'Infinity' },
      threads: { type: 'string', default: String(Math.max(1, availableParallelism())) },
    },
  });
  const [preemptions, minutes, threads] = [Number(values.preemptions), Number(values.minutes), Number(values.threads)];
  if (values.grain !== 'writes' && values.grain !== 'all') throw invalid('--grain is writes or all');
  if ([preemptions, minutes, threads].some(Number.isNaN))
    throw invalid('--preemptions, --minutes, --threads are numbers');
  return { ...values, grain: values.grain, preemptions, minutes, threads };
}

const invalid = (message: string) => new ProofError('OPTION_INVALID', message);

async function runAll(options: Options): Promise<boolean> {
  const chosen = scenarios(options).filter(({ id }) => id.startsWith(options.only));
  const data = { lanes: LANES, grain: options.grain };
  const threads = await Promise.all(Array.from({ length: options.threads }, () => startThread(data)));
  try {
    const untilMs = performance.now() + options.minutes * 60_000;
    const explored = await explore(chosen, threads, { untilMs, each: options.each, onPlayed: told });
    print(chosen, explored);
    for (const { id, violations } of explored.found.slice(0, SHOWN)) {
      console.log(`\n${id}: ${violations.join('; ')}`);
      if (!violations.some((violation) => violation.startsWith(UNREPEATABLE))) await replay(id, options.grain);
    }
    return explored.found.length === 0;
  } finally {
    await Promise.all(threads.map((thread) => thread.stop()));
  }
}

/** A sign of life: the whole of it takes a while. */
function told(played: number): void {
  if (played % 10_000 === 0) console.error(`${played.toLocaleString('en')} schedules`);
}

function print(chosen: readonly Scenario[], explored: Explored): void {
  const { schedules: counts, played, states, found, complete, seconds, again } = explored;
  const rows = new Map<string, number>();
  for (const { roles, id } of chosen) {
    const name = roles.join('–');
    rows.set(name, (rows.get(name) ?? 0) + (counts.get(id) ?? 0));
  }
  for (const [name, count] of rows) console.log(`${name.padEnd(24)} ${count.toLocaleString('en').padStart(9)}`);
  const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `${total.toLocaleString('en')} schedules in ${seconds.toFixed(1)} s, ${complete ? 'all there are' : 'NOT all: the time was over'}; ` +
      `${played.toLocaleString('en')} played, through ${states.toLocaleString('en')} states; ` +
      `${again} played again; ${found.length} violated`,
  );
}

/** Tells the schedule of this id step by step. @returns whether everything held */
async function replay(id: string, grain: Grain): Promise<boolean> {
  const [scenario = '', steps = ''] = id.split(':');
  Math.random = () => 0;
  const stage = await openStage((await testDatabase('shop')).url, grain);
  try {
    const played = await play(stage, scenarioOf(scenario), steps);
    console.log(storyOf(id, played));
    return played.violations.length === 0;
  } finally {
    await stage.close();
  }
}
