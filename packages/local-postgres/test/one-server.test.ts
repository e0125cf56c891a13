import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { describe, expect, test } from 'vitest';
import { tied } from '../src/spawn.ts';
import {
  isRoot,
  NOBODY,
  newFolder,
  openInProcess,
  processState,
  QUICK,
  query,
  refusalInProcess,
  runs,
  until,
} from './opening.ts';

const DOCKER_CAPABILITIES = [
  ...['chown', 'dac_override', 'fowner', 'fsetid', 'kill', 'setgid', 'setuid', 'setpcap', 'net_bind_service'],
  ...['net_raw', 'sys_chroot', 'mknod', 'audit_write', 'setfcap'],
];

describe('one server for each cluster', { timeout: 60_000 }, () => {
  test('a second process adopts the running server, and leaves it running when it stops', async () => {
    const dataDir = newFolder();
    const first = await openInProcess({ dataDir, settings: QUICK });
    const second = await openInProcess({ dataDir });
    expect([first.kind, second.kind]).toEqual(['started', 'adopted']);
    expect([second.pid, second.url]).toEqual([first.pid, first.url]);

    await second.stop();
    expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    await first.stop();
    expect(runs(first.pid)).toBe(false);
  });

  test('of three that start at once one starts and two adopt, on a new cluster and on an old one', async () => {
    const dataDir = newFolder();
    const oneStarts = { kinds: ['adopted', 'adopted', 'started'], servers: 1 };
    expect(await openThreeAtOnce(dataDir)).toEqual(oneStarts);
    expect(await openThreeAtOnce(dataDir)).toEqual(oneStarts);
  });

  test('a parent killed with -9 takes its server with it, and what was committed is there afterwards', async () => {
    const dataDir = newFolder();
    const first = await openInProcess({ dataDir });
    await query(first.url, 'create table kept as select 42 as answer');
    first.child.kill('SIGKILL');
    await until(() => !runs(first.pid));

    const second = await openInProcess({ dataDir });
    expect(second.kind).toBe('started');
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  });

  test('a program whose parent ended before it could be tied to it does not run', () => {
    const [command = '', ...args] = tied(['echo', 'ran']);
    expect(spawnSync(command, args, { encoding: 'utf8' }).stdout).toBe('ran\n');
    const ofAnother = tied(['echo', 'ran'], process.ppid).slice(1);
    expect(spawnSync(command, ofAnother, { encoding: 'utf8' }).stdout).toBe('');
  });

  test('a server killed with -9 is replaced while it is still a zombie, and what was committed is recovered', async () => {
    const dataDir = newFolder();
    const first = await openInProcess({ dataDir });
    await query(first.url, 'create table kept as select 42 as answer');
    first.child.kill('SIGSTOP'); // a stopped parent reaps nothing
    process.kill(first.pid, 'SIGKILL');
    await until(() => processState(first.pid) === 'Z');

    const second = await openInProcess({ dataDir });
    expect(second.kind).toBe('started');
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(processState(first.pid)).toBe('Z');
  });

  test('a new server waits for what a killed one had started and is still ending', async () => {
    const dataDir = newFolder();
    const first = await openInProcess({ dataDir, settings: QUICK });
    const sql = postgres(first.url, { max: 1, onclose: () => {} });
    const [backend] = await sql<[{ pid: number }]>`select pg_backend_pid() as pid`;
    process.kill(backend.pid, 'SIGSTOP'); // as one deep in a long query, it does not notice
    process.kill(first.pid, 'SIGKILL');

    const { programs, attempts } = countingFlock();
    const second = openInProcess({ dataDir, settings: QUICK }, { environment: { PATH: programs } });
    await until(() => attempts() > 5);
    process.kill(backend.pid, 'SIGCONT');
    expect((await second).kind).toBe('started');
    await sql.end({ timeout: 0 });
  });

  // What Docker gives root: without SYS_PTRACE it may not look into the processes of another user, such as the server.
  const asInDocker = [
    'setpriv',
    '--bounding-set',
    `-all,${DOCKER_CAPABILITIES.map((name) => `+${name}`).join()}`,
    '--',
  ];
  const docker = isRoot ? { through: asInDocker } : {};
  test('with no more rights than in Docker it adopts a server all the same, and replaces a zombie', async () => {
    const dataDir = newFolder();
    const first = await openInProcess({ dataDir, settings: QUICK }, docker);
    const second = await openInProcess({ dataDir }, docker);
    expect([first.kind, second.kind]).toEqual(['started', 'adopted']);
    first.child.kill('SIGSTOP');
    process.kill(first.pid, 'SIGKILL');
    await until(() => processState(first.pid) === 'Z');
    expect((await openInProcess({ dataDir, settings: QUICK }, docker)).kind).toBe('started');
  });

  test('a lock file whose process id is another program by now does not keep the server from starting', async () => {
    const dataDir = newFolder();
    await (await openInProcess({ dataDir, settings: QUICK })).stop();
    const stranger = spawn('sleep', ['60'], isRoot ? NOBODY : {});
    try {
      writeLockFile(dataDir, stranger.pid);
      expect((await openInProcess({ dataDir, settings: QUICK }, docker)).kind).toBe('started');
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  test('a lock file whose process id is the server of another cluster by now neither', async () => {
    const dataDir = newFolder();
    await (await openInProcess({ dataDir, settings: QUICK })).stop();
    const other = await openInProcess({ dataDir: newFolder(), settings: QUICK });
    writeLockFile(dataDir, other.pid);
    const opened = await openInProcess({ dataDir, settings: QUICK });
    expect(opened.kind).toBe('started');
    expect(opened.pid).not.toBe(other.pid);
    expect(runs(other.pid)).toBe(true);
  });

  const container = ['unshare', '--pid', '--ipc', '--mount-proc', '--fork', '--kill-child'];
  const hasContainers = isRoot && spawnSync(container[0] ?? '', [...container.slice(1), 'true']).status === 0;
  test.skipIf(!hasContainers)(
    'a server in another container, whose process cannot be seen, keeps the cluster',
    { timeout: 60_000 },
    async () => {
      const dataDir = newFolder();
      const first = await openInProcess({ dataDir, settings: QUICK });
      const refused = await refusalInProcess({ dataDir, settings: QUICK }, { through: container });
      expect(refused.code).toBe('POSTGRES_NOT_STARTED');
      expect(refused.message).toContain('in another container');
      expect(await query(first.url, 'select 1 as one')).toEqual([{ one: 1 }]);
      expect(readFileSync(join(dataDir, 'pg', 'postmaster.pid'), 'utf8')).toMatch(new RegExp(`^${first.pid}\n`));
    },
  );
});

async function openThreeAtOnce(dataDir: string): Promise<{ kinds: string[]; servers: number }> {
  const three = await Promise.all([1, 2, 3].map(() => openInProcess({ dataDir, settings: QUICK })));
  await Promise.all(three.map(({ stop }) => stop()));
  return { kinds: three.map(({ kind }) => kind).toSorted(), servers: new Set(three.map(({ url }) => url)).size };
}

function writeLockFile(dataDir: string, pid: number | undefined): void {
  const lines = [pid, `${dataDir}/pg`, 1_700_000_000, 5432, '', '127.0.0.1', '  1 1', 'ready   ', ''];
  writeFileSync(join(dataDir, 'pg', 'postmaster.pid'), lines.join('\n'));
}

/** A folder for PATH in which flock counts how often it is called, then does its work. */
function countingFlock(): { programs: string; attempts: () => number } {
  const programs = newFolder();
  chmodSync(programs, 0o777);
  const count = join(programs, 'count');
  writeFileSync(join(programs, 'flock'), `#!/bin/sh\necho once >> '${count}'\nexec ${programPath('flock')} "$@"\n`);
  chmodSync(join(programs, 'flock'), 0o755);
  for (const name of ['sh', 'setpriv', 'true']) symlinkSync(programPath(name), join(programs, name));
  writeFileSync(count, '');
  chmodSync(count, 0o666);
  return { programs, attempts: () => readFileSync(count, 'utf8').split('\n').length - 1 };
}

function programPath(name: string): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  const path = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (path === undefined) throw new Error(`${name} is not on the PATH`);
  return path;
}
