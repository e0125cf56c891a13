import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { receiveTraces } from './trace-receiver.ts';

const ATTEMPTS = 60;
const moduleOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

/** A process that works on attempts, each in two pieces, with a press and a statement. */
const SCRIPT = `
  import { randomUUID } from 'node:crypto';
  const { startTracing, tracing } = await import(${moduleOf('../src/tracing/tracing.ts')});
  const { inAttempt } = await import(${moduleOf('../src/tracing/under-way.ts')});
  await startTracing('once-test', process.env);
  for (let i = 0; i < ${ATTEMPTS}; i++) {
    const attempt = { orderId: randomUUID(), attempt: 0 };
    await inAttempt(attempt, 'pay', async () => {
      tracing().observe({ name: 'claimed', operation: 'checkout.pay', scope: '', recordId: '' });
      tracing().statement('SELECT orders')();
    });
    await inAttempt(attempt, 'take over', async () => {});
  }
  await tracing().flush();
  process.exit(0);`;

it.each(['parentbased_traceidratio', 'traceidratio'])(
  'with the sampler %s an attempt is exported whole or not at all',
  async (sampler) => {
    const receiver = await receiveTraces();
    const env = {
      ...{ PATH: process.env['PATH'], ...receiver.variables },
      ...{ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.5' },
    };
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', SCRIPT], { env });
    await receiver.close();
    const byTrace = Map.groupBy(receiver.spans, ({ traceId }) => traceId);
    expect(byTrace.size).toBeGreaterThan(0);
    expect(byTrace.size).toBeLessThan(ATTEMPTS);
    for (const spans of byTrace.values()) {
      expect(spans.map(({ name }) => name).toSorted()).toEqual(['SELECT orders', 'pay', 'press Pay', 'take over']);
    }
  },
);
