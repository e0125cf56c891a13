import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { keptSecret } from '../src/kept-secret.ts';

const COOKIE = { file: 'cookie-secret', variable: 'COOKIE_SECRET' };

test('the secret is made once, readable by its owner only, and is the same for all who ask at once', async () => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'once-secret-')), 'not', 'there', 'yet');
  const source = new URL('../src/kept-secret.ts', import.meta.url).href;
  const ask = `import('${source}').then(({ keptSecret }) => require('node:worker_threads').parentPort.postMessage(keptSecret(${JSON.stringify(dataDir)}, ${JSON.stringify(COOKIE)})))`;
  const secrets = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const worker = new Worker(ask, { eval: true });
      return await new Promise<string>((resolve, reject) => worker.once('message', resolve).once('error', reject));
    }),
  );
  const file = join(dataDir, 'cookie-secret');
  expect(new Set([...secrets, readFileSync(file, 'utf8'), keptSecret(dataDir, COOKIE)]).size).toBe(1);
  expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir), 'no drafts are left').toEqual(['cookie-secret']);
});

test('a folder where the secret can be neither read nor made is named, with what helps', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'once-secret-')), 'file');
  writeFileSync(file, '');
  expect(() => keptSecret(join(file, 'data'), COOKIE)).toThrow(
    expect.objectContaining({
      code: 'KEPT_SECRET',
      message: expect.stringMatching(/^DATA_DIR .*\/file\/data: .*ENOTDIR.* set COOKIE_SECRET$/),
    }),
  );
});
