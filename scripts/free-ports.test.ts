import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);
// So many of the thousand there are that they would meet ours.
const THEIRS = 900;

it('gives nobody else a port that was given away, though nobody listens on it yet', async () => {
  const ours = await freePorts(20);
  const asking = `import { freePorts } from ${JSON.stringify(new URL('free-ports.ts', import.meta.url).href)};
    console.log(JSON.stringify(await freePorts(${THEIRS})));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', asking]);
  const theirs = JSON.parse(stdout) as number[];
  expect(theirs).toHaveLength(THEIRS);
  expect(theirs.filter((port) => ours.includes(port))).toEqual([]);
});
