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
