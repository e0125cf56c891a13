import { createReadStream, globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { PRINTS } from '@once/db/prints';
import fc from 'fast-check';
// @boundaries-ignore the way the shop is started belongs to no package
import { freePorts } from '../../scripts/free-ports.ts';
// @boundaries-ignore as above
import { startStack } from '../../scripts/stack.ts';
import { ProofError } from '../errors.ts';
import { ClientLog } from '../soak/client-log.ts';
import { Guest } from '../soak/guest.ts';
import { type Door, doors, type Shop } from './doors.ts';
import { buys, checksOut } from './errand.ts';

export interface FuzzProfile {
  readonly seed: number;
  readonly seconds: number;
}

export interface FuzzRun {
  readonly sent: Readonly<Record<string, number>>;
  /** What was answered as nobody may be, by door: the shortest input that shows it. */
  readonly broken: readonly string[];
  /** Processes that ended, and lines of their logs that only a bug writes. */
  readonly ill: readonly string[];
  /** A print was bought afterwards, as on any day. */
  readonly stillSells: boolean;
}

/** Strangers send whatever they like to a real shop, by every way in at once, for so long. */
export async function fuzz({ seed, seconds }: FuzzProfile, also: readonly Door[] = []): Promise<FuzzRun> {
  const dataDir = await mkdtemp(join(tmpdir(), 'once-fuzz-'));
  const [web, provider, control, worker] = (await freePorts(4)) as [number, number, number, number];
  const ill: string[] = [];
  const stack = await startStack({
    ...{ dataDir, ports: { web, provider, control, worker }, publicUrl: `http://127.0.0.1:${web}` },
    env: { RATE_LIMITS: UNLIMITED, STRIPE_WEBHOOK_SECRET, PROVIDER_LATENCY_MS: '1' },
    onDeath: ({ app, how }) => ill.push(`${app} ended: ${how}`),
  });
  try {
    const { webUrl, providerUrl = '', controlUrl = '' } = stack;
    const log = new ClientLog(join(dataDir, 'heard.jsonl'));
    const guest = new Guest(0, webUrl, log);
    const shop: Shop = {
      ...{ webUrl, providerUrl, controlUrl, slug: SLUG, webhookSecret: STRIPE_WEBHOOK_SECRET },
      checkoutId: await checksOut(guest, SLUG),
      cookie: guest.cookie,
    };
    const sent: Record<string, number> = {};
    const broken: string[] = [];
    await Promise.all(
      [...doors(shop), ...also].map(async (door) => {
        const said = await knock(door, { seed, seconds });
        sent[door.name] = said.times;
        if (said.broken !== undefined) broken.push(`${door.name}: ${said.broken}`);
      }),
    );
    const stillSells = (await buys(new Guest(1, webUrl, log), SLUG)) === 'paid';
    ill.push(...(await bugsIn(dataDir)));
    return { sent, broken, ill, stillSells };
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const SLUG = PRINTS[0]?.slug ?? '';
const STRIPE_WEBHOOK_SECRET = 'whsec_fuzz';
/** Or nearly everything would be answered 429, and no parser seen. */
const UNLIMITED = ['pay', 'promotion', 'badEvent']
  .flatMap((what) => [`${what}.principal=1000000/1`, `${what}.network=1000000/1`])
  .join(',');

/** @returns how often it was knocked at; and if it broke, what fast-check says of the shortest input that breaks it */
async function knock(door: Door, { seed, seconds }: FuzzProfile): Promise<{ times: number; broken?: string }> {
  let times = 0;
  const property = fc.asyncProperty(door.input, async (input) => {
    times += 1;
    await setImmediate(); // each door its turn, also beside one that asks nobody
    await door.knock(input);
  });
  const details = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: seconds * 1000,
    markInterruptAsFailure: false,
  });
  // Without one it was the end of its time.
  if (details.counterexample === null) return { times };
  const { counterexample, counterexamplePath, errorInstance } = details;
  const shortest = JSON.stringify(counterexample)?.slice(0, 1_000);
  return { times, broken: `${String(errorInstance)} by ${shortest} (seed ${seed}, path ${counterexamplePath})` };
}

/** Errors that were logged; a refusal is at most a warning. */
async function bugsIn(dataDir: string): Promise<string[]> {
  const bugs = new Set<string>();
  for (const file of globSync(join(dataDir, 'logs', '*.log'))) {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      if (/"level":(?:50|60)\b|"level":"(?:error|fatal)"|^\s+at |Unhandled|Uncaught/.test(line)) {
        bugs.add(`${file.slice(dataDir.length)}: ${line.slice(0, 400)}`);
      }
      if (bugs.size > 20) throw new ProofError('TOOL_FAILED', `the logs are full of errors:\n${[...bugs].join('\n')}`);
    }
  }
  return [...bugs];
}
