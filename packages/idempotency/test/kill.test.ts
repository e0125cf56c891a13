import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { crashPoints } from '../src/testing.ts';
import { createWorker } from '../src/worker.ts';
import { durablePayment } from './durable-payment.ts';
import { aScope, eventually, onceOver, openFixture } from './fixture.ts';

const fixture = await openFixture();
await fixture.admin`create table charge (key text primary key)`;
const driver = fixture.driver();
const doomed = fileURLToPath(new URL('doomed.ts', import.meta.url));

/** Runs the payment in another process until SIGKILL ends it, and waits until the server has noticed. */
async function killedAt(point: string): Promise<string> {
  const scope = aScope();
  const child = spawn(process.execPath, [doomed, fixture.url, scope, point], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [, signal] = await event(child, 'exit');
  expect(signal).toBe('SIGKILL');
  await eventually(async () => {
    const open = await fixture.admin`select 1 from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%'`;
    return open.length === 0;
  });
  return scope;
}

test.each(crashPoints(durablePayment))(
  'a process killed by SIGKILL at %s leaves nothing undone and nothing twice',
  async (point) => {
    const scope = await killedAt(point);
    const { once } = onceOver(driver, { services: { provider: driver.sql } });
    if (point === 'claimed' || point === 'committing:reserve') {
      expect(await fixture.record(scope)).toBeUndefined();
      expect(await fixture.written(scope)).toEqual([]);
    } else {
      await fixture.makeDue(scope);
      await createWorker(once, [durablePayment]).runOnce();
      expect(await fixture.record(scope)).toMatchObject({ state: 2 });
    }
    const answer = await once.run(durablePayment, { scope, key: 'k', input: { scope } });
    expect(answer).toMatchObject({ status: 'succeeded' });
    expect(await fixture.written(scope)).toEqual(['reserve', 'settle']);
    const keys = new Set(await fixture.written(`${scope} requests`));
    expect(keys).toEqual(new Set([answer.status === 'succeeded' ? answer.value.charged : 'none']));
    expect(await fixture.admin`select count(*)::int as n from charge where key = ${[...keys][0] ?? ''}`).toEqual([
      { n: 1 },
    ]);
  },
);
