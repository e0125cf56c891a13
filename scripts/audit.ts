// Asks the registry for known holes in what the shop runs on. A registry that does not answer is no reason to stop: it is
// said loudly, and the others' answer counts.
import { spawnSync } from 'node:child_process';
import { isOnPath } from './process.ts';
import { ROOT } from './settings.ts';

const argv = ['audit', '--prod', '--audit-level', 'high'];
const [command, ...before] = isOnPath('pnpm') ? ['pnpm'] : ['npx', '-y', 'pnpm@12'];
const { status, stdout, stderr } = spawnSync(command ?? 'pnpm', [...before, ...argv], {
  cwd: ROOT,
  encoding: 'utf8',
  timeout: 60_000,
});
const said = `${stdout ?? ''}${stderr ?? ''}`;
if (status !== 0 && /ERR_PNPM_AUDIT|ERR_PNPM_(META_)?FETCH|ENOTFOUND|ECONNREFUSED|ETIMEDOUT|^$/.test(said)) {
  console.warn(`SKIPPED: the registry does not answer an audit here.\n${said.trim()}`);
} else {
  console.log(said.trim());
  process.exitCode = status ?? 1;
}
