// One thread that plays schedules, on as many stages as it has lanes.
import { parentPort, workerData } from 'node:worker_threads';
import { testDatabase } from '@once/local-postgres/testing';
import type { Grain } from './gated-database.ts';
import { type Played, play } from './play.ts';
import { scenarioOf } from './scenarios.ts';
import { openStage, type Stage } from './stage.ts';

export interface ThreadData {
  readonly lanes: number;
  readonly grain: Grain;
}
export interface Ask {
  readonly number: number;
  readonly scenario: string;
  readonly steps: string;
}
export type Told = { readonly number: number } & (
  | Pick<Played, 'alive' | 'state' | 'end' | 'violations'>
  | { readonly error: string; readonly code: string | undefined }
);

// Backoffs are drawn; here they are none, so that a schedule takes as long as its statements do.
Math.random = () => 0;

const port = parentPort;
if (port === null) throw new TypeError('schedules/thread.ts is started as a thread');
const { lanes, grain } = workerData as ThreadData;
const free: Stage[] = [];
for (let lane = 0; lane < lanes; lane++) free.push(await openStage((await testDatabase('shop')).url, grain));

port.on('message', (ask: Ask) => void answer(ask));
port.postMessage('ready');

async function answer({ number, scenario, steps }: Ask): Promise<void> {
  const stage = free.pop();
  if (!stage) throw new TypeError('asked for more than there are lanes');
  try {
    const { alive, state, end, violations } = await play(stage, scenarioOf(scenario), steps);
    tell({ ...{ number, alive, state, end, violations } });
  } catch (error) {
    const { code, stack } = error as { code?: string; stack?: string };
    tell({ number, error: stack ?? String(error), code });
  } finally {
    free.push(stage);
  }
}

const tell = (told: Told) => port.postMessage(told);
