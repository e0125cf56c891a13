// Real processes against each other: many at once on the same keys, and one that was frozen past its lease.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createWorker } from '../src/worker.ts';
import { durablePayment } from './durable-payment.ts';
import { aScope, eventually, onceOver, openFixture } from './fixture.ts';

const fixture = await openFixture();
await fixture.admin`create table charge (key text primary key)`;
const driver = fixture.driver();

function start(script: URL, ...parts: string[]): { child: ChildProcess; output: Promise<string> } {
  const child = spawn(process.execPath, [fileURLToPath(script), ...parts], { stdio: ['ignore', 'pipe', 'inherit'] });
  return { child, output: text(child.stdout) };
}

test('of 4 processes that want the same 1 500 keys one executes each, and all get its answer', async () => {
  const scope = aScope();
  const rivals = Array.from({ length: 4 }, () =>
    start(new URL('rival.ts', import.meta.url), fixture.url, scope, '1500'),
  );
  const answers = await Promise.all(rivals.map(async ({ output }) => (await output).split('\n')));
  expect(answers[0]).toHaveLength(1_500);
  for (const own of answers) expect(own).toEqual(answers[0]);
  const notes = await fixture.written(scope);
  expect(notes).toHaveLength(1_500);
  expect(new Set(notes).size).toBe(1_500);
  expect(new Set(answers[0]?.map((line) => line.split(' ')[1])).size).toBeGreaterThan(1); // it was a race
}, 120_000);

/** Whether the kernel has stopped it. */
const isStopped = async ({ pid }: ChildProcess) => / T /.test(await readFile(`/proc/${pid}/stat`, 'utf8'));

test.each(['sending:charge', 'answered:charge', 'committing:settle'])(
  'a process frozen at %s and woken after its successor has settled writes nothing and gets its answer',
  async (point) => {
    const scope = aScope();
    const { child, output } = start(new URL('frozen.ts', import.meta.url), fixture.url, scope, point);
    await eventually(() => isStopped(child));
    await fixture.makeDue(scope);
    const { once } = onceOver(driver, { services: { provider: driver.sql } });
    expect(await createWorker(once, [durablePayment]).runOnce()).toBe(1);
    const settled = await fixture.record(scope);
    expect(settled).toMatchObject({ state: 2, fence: 2 });
    child.kill('SIGCONT');
    const { status, value, replayed } = JSON.parse(await output) as Record<string, unknown>;
    expect({ status, replayed }).toEqual({ status: 'succeeded', replayed: true });
    expect(await fixture.record(scope)).toEqual(settled);
    expect(await fixture.written(scope)).toEqual(['reserve', 'settle']);
    const charges = await fixture.admin`select key from charge where key = ${(value as { charged: string }).charged}`;
    expect(charges).toHaveLength(1);
    expect(new Set(await fixture.written(`${scope} requests`)).size).toBe(1);
  },
);
