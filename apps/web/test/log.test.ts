import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';

const HOSTILE = 'Mira\r\n{"level":60,"msg":"paid"}\u001b[31m\u0000\u2028';

test('what a visitor says stays within its line of the log', () => {
  const script = `
    const { createLog } = await import(${JSON.stringify(new URL('../src/server/log.ts', import.meta.url).href)});
    createLog('info').info({ agent: process.argv[1], err: new Error(process.argv[1]) }, process.argv[1]);`;
  const hostile = HOSTILE.replace('\u0000', '');
  const lines = execFileSync(process.execPath, ['--input-type=module', '-e', script, hostile], { encoding: 'utf8' });
  expect(lines.trimEnd().split('\n')).toHaveLength(1);
  expect(lines.trimEnd()).not.toMatch(/\p{Cc}/u);
  expect(JSON.parse(lines)).toMatchObject({ level: 30, agent: hostile, msg: hostile });
});

test('a line says which request and which attempt it is about, and a hostile name of a request is not taken over', () => {
  const place = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
  const script = `
    const { createLog } = await import(${place('../src/server/log.ts')});
    const { inAttempt, inRequest } = await import(${place('../../../packages/checkout/src/tracing/under-way.ts')});
    const log = createLog('info');
    const attempt = { orderId: '0190163d-8694-739b-aea5-966c26f8ad91', attempt: 1 };
    for (const id of ['edge-7', process.argv[1]]) {
      const headers = { get: (name) => (name === 'x-request-id' ? id : null) };
      await inRequest({ headers }, () => inAttempt(attempt, 'pay', async () => log.info('paid')));
    }`;
  const hostile = HOSTILE.replace('\u0000', '');
  const lines = execFileSync(process.execPath, ['--input-type=module', '-e', script, hostile], { encoding: 'utf8' });
  const [first, second, ...more] = lines.trimEnd().split('\n');
  expect(more).toEqual([]);
  const attempt = { trace_id: '0190163d8694739baea5966c26f8ad92', attempt: 1 };
  expect(JSON.parse(first ?? '')).toMatchObject({ request_id: 'edge-7', ...attempt });
  const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(JSON.parse(second ?? '')).toMatchObject({ request_id: uuid, ...attempt });
});
