import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { LocalPostgresError } from './errors.ts';
import { type LocalPostgres, openPostgres } from './index.ts';

const run = promisify(execFile);

const WITHIN_MS = 120_000;
const POLL_MS = 20;

/** For tests: a server whose files can be lost, with a base backup and an archive of its log. By Postgres' own means. */
export interface ArchivedServer {
  readonly url: string;
  /** Copies the cluster while it works. */
  backUp(): Promise<void>;
  /** By its own clock. */
  now(): Promise<string>;
  /**
   * All files of the server are lost. Another one is made, as it was at that instant, of the backup and what was archived.
   *
   * @param options.port where it listens; any that is free unless said
   * @returns its address
   */
  restoreTo(instant: string, options?: { readonly port?: number }): Promise<string>;
  stop(): Promise<void>;
}

export async function openArchived(): Promise<ArchivedServer> {
  const folder = mkdtempSync(join(tmpdir(), 'once-archived-'));
  const [archive, base] = [join(folder, 'archive'), join(folder, 'base')];
  mkdirSync(archive);
  // Root's servers run as somebody else, and must come to the archive.
  chmodSync(folder, 0o755);
  chmodSync(archive, 0o777);
  const first = await openPostgres({
    dataDir: join(folder, 'first'),
    settings: { archive_mode: 'on', archive_command: `test ! -f ${archive}/%f && cp %p ${archive}/%f` },
  });
  const servers: LocalPostgres[] = [first];
  const sql = postgres(first.url, { max: 1, onnotice: () => {} });
  return {
    url: first.url,
    async backUp() {
      await sql`select pg_backup_start('once', fast => true)`;
      await run('cp', ['-a', join(folder, 'first/pg'), base]);
      const [stopped] = await sql<{ labelfile: string }[]>`select labelfile from pg_backup_stop(false)`;
      for (const name of ['postmaster.pid', 'once.lock', 'pg_wal']) {
        rmSync(join(base, name), { recursive: true, force: true });
      }
      addFile(base, 'backup_label', stopped?.labelfile ?? '');
      addFolder(base, 'pg_wal');
    },
    async now() {
      const [row] = await sql<{ now: string }[]>`select clock_timestamp()::text as now`;
      return row?.now ?? '';
    },
    async restoreTo(instant, { port } = {}) {
      await untilArchived(sql);
      await sql.end({ timeout: 1 });
      if (first.pid !== undefined) process.kill(first.pid, 'SIGKILL');
      await first.died;
      rmSync(join(folder, 'first'), { recursive: true, force: true });
      mkdirSync(join(folder, 'second'));
      await run('cp', ['-a', base, join(folder, 'second/pg')]);
      addFile(join(folder, 'second/pg'), 'recovery.signal', '');
      const second = await openPostgres({
        dataDir: join(folder, 'second'),
        ...(port !== undefined && { port }),
        settings: {
          restore_command: `cp ${archive}/%f %p`,
          ...{ recovery_target_time: instant, recovery_target_action: 'promote' },
        },
      });
      servers.push(second);
      await untilPromoted(second.url);
      return second.url;
    },
    async stop() {
      await sql.end({ timeout: 1 });
      for (const server of servers) await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Everything that was written until now. */
async function untilArchived(sql: postgres.Sql): Promise<void> {
  const [last] = await sql<{ file: string }[]>`select pg_walfile_name(pg_switch_wal()) as file`;
  const until = Date.now() + WITHIN_MS;
  while (Date.now() < until) {
    const [kept] = await sql<{ file: string | null }[]>`select last_archived_wal as file from pg_stat_archiver`;
    if (kept?.file && kept.file >= (last?.file ?? '')) return;
    await sleep(POLL_MS);
  }
  throw new LocalPostgresError('POSTGRES_NOT_STARTED', `${last?.file} was not archived`);
}

/** It answers before that, and takes no writes. */
async function untilPromoted(url: string): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const until = Date.now() + WITHIN_MS;
    while (Date.now() < until) {
      const [row] = await sql<{ recovers: boolean }[]>`select pg_is_in_recovery() as recovers`;
      if (row?.recovers === false) return;
      await sleep(POLL_MS);
    }
  } finally {
    await sql.end({ timeout: 1 });
  }
  throw new LocalPostgresError(
    'POSTGRES_NOT_STARTED',
    'The restored server has not come to the instant it was to be restored to.',
  );
}

function addFile(cluster: string, name: string, text: string): void {
  writeFileSync(join(cluster, name), text, { mode: 0o600 });
  giveToOwner(cluster, name);
}

function addFolder(cluster: string, name: string): void {
  mkdirSync(join(cluster, name), { mode: 0o700 });
  giveToOwner(cluster, name);
}

function giveToOwner(cluster: string, name: string): void {
  const { uid, gid } = statSync(join(cluster, 'PG_VERSION'));
  chownSync(join(cluster, name), uid, gid);
}
