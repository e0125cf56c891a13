// Servers that follow each other by streaming replication, to be killed, fenced and promoted: for proofs and rehearsals on
// one machine. docs/high-availability.md is for those that a shop runs on.
import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { findBinaries } from './binaries.ts';
import { clusterPassword } from './cluster.ts';
import { openEmbedded } from './embedded.ts';
import { LocalPostgresError } from './errors.ts';
import { freePort, type Server, startOrAdopt } from './server.ts';
import { serverUser } from './user.ts';

const DATABASE = 'once';
const PROMOTE_SECONDS = 30;
const WITHIN_MS = 30_000;
const LOOK_MS = 5;

/** What survives `kill -9` of processes, though not of a machine; acknowledgements are as they are in earnest. */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'on', wal_level: 'replica' };

export interface NodesOptions {
  /** Clusters are made in it; its owner removes it. */
  readonly folder: string;
  /** Fills the database that every node begins with. It closes its connections. */
  readonly prepare: (url: string) => Promise<void>;
}

/** Makes nodes that all begin with the same database. */
export interface Nodes {
  /** @param name no other node's. Started by `start`, as a primary unless it was told to follow another. */
  make(name: string): Promise<Node>;
}

/** @throws {LocalPostgresError} */
export async function prepareNodes({ folder, prepare }: NodesOptions): Promise<Nodes> {
  const original = join(folder, 'original');
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };
  const server = await openEmbedded({ dataDir: original, database: DATABASE, settings, warn: () => {} });
  try {
    await prepare(server.url);
  } finally {
    await server.stop();
  }
  return {
    async make(name) {
      const dataDir = join(folder, name);
      mkdirSync(dataDir);
      // As it was when it had stopped: as good as what pg_basebackup brings, and what it was made from is at hand.
      await promisify(execFile)('cp', ['-a', '--reflink=auto', join(original, 'pg'), join(dataDir, 'pg')]);
      return new Node(name, dataDir, await freePort());
    },
  };
}

export class Node {
  readonly name: string;
  readonly port: number;
  /** As the superuser. */
  readonly url: string;
  readonly #dataDir: string;
  readonly #clusterDir: string;
  #server: Server | undefined;

  constructor(name: string, dataDir: string, port: number) {
    this.name = name;
    this.port = port;
    this.#dataDir = dataDir;
    this.#clusterDir = join(dataDir, 'pg');
    this.url = `postgres://postgres:${clusterPassword(this.#clusterDir)}@127.0.0.1:${port}/${DATABASE}`;
  }

  /** Resolves when it answers: as a primary, or as a standby that serves readers. */
  async start(): Promise<void> {
    const user = serverUser(this.#clusterDir);
    this.#server = await startOrAdopt({
      ...{ clusterDir: this.#clusterDir, logFile: join(this.#dataDir, 'postgres.log'), port: this.port, user },
      ...{ binaries: await findBinaries(user), settings: SETTINGS, warn: () => {} },
    });
  }

  /** For the next start: it gets everything from `primary`, and follows whoever that hands over to. */
  follow(primary: Node): void {
    const password = clusterPassword(this.#clusterDir);
    const signal = join(this.#clusterDir, 'standby.signal');
    writeFileSync(signal, '');
    const user = serverUser(this.#clusterDir);
    if (user) chownSync(signal, user.uid, user.gid);
    this.#write(
      'primary_conninfo',
      `host=127.0.0.1 port=${primary.port} user=postgres password=${password} application_name=${this.name}`,
    );
  }

  /** @param names value of synchronous_standby_names; '' for none */
  async waitsFor(names: string): Promise<void> {
    if (this.#server)
      await this.ask(`alter system set synchronous_standby_names = '${names}'`, 'select pg_reload_conf()');
    else this.#write('synchronous_standby_names', names);
  }

  async promote(): Promise<void> {
    const [row] = await this.ask(`select pg_promote(true, ${PROMOTE_SECONDS}) as done`);
    if (row?.['done'] !== true) throw notInTime(`${this.name} to become a primary`);
  }

  /** The whole server at once, as a machine that loses its power: no child of it lives on to send anything. */
  async kill(): Promise<void> {
    const { pid } = this.#server ?? {};
    if (pid === undefined) return;
    const children = childrenOf(pid);
    for (const each of [pid, ...children]) signal(each, 'SIGKILL');
    while ([pid, ...children].some(isAlive)) await sleep(LOOK_MS);
    this.#server = undefined;
    rmSync(join(this.#clusterDir, 'postmaster.pid'), { force: true });
  }

  /** In good order: whoever follows has everything before it ends. */
  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = undefined;
  }

  /** With all that it has. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  /** Nothing more reaches those who follow it, as if the line were cut. @returns the line is there again */
  async cutOff(): Promise<() => void> {
    const senders = await this.ask('select pid from pg_stat_replication');
    const pids = senders.map(({ pid }) => Number(pid));
    for (const pid of pids) signal(pid, 'SIGSTOP');
    return () => {
      for (const pid of pids) signal(pid, 'SIGCONT');
    };
  }

  /** Resolves when `standby` follows, has all that is here, and is waited for if anybody is. */
  async isFollowedBy(standby: Node, kind: 'async' | 'sync'): Promise<void> {
    for (const end = Date.now() + WITHIN_MS; Date.now() < end; await sleep(LOOK_MS)) {
      const [row] = await this.ask(
        `select sync_state, replay_lsn >= pg_current_wal_lsn() as has_all from pg_stat_replication
         where application_name = '${standby.name}' and state = 'streaming'`,
      );
      if (row?.['has_all'] === true && (kind === 'async' || row['sync_state'] !== 'async')) return;
    }
    throw notInTime(`${standby.name} to follow ${this.name}`);
  }

  /** Statements one after the other on a connection of their own. @returns the rows of the last */
  async ask(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const sql = postgres(this.url, { max: 1, fetch_types: false, connect_timeout: 5, onnotice: () => {} });
    try {
      let rows: readonly Record<string, unknown>[] = [];
      for (const statement of statements) rows = await sql.unsafe(statement);
      return rows;
    } finally {
      await sql.end({ timeout: 1 });
    }
  }

  /** What `alter system` would write, which only a server that runs can be told. The last line counts. */
  #write(name: string, value: string): void {
    appendFileSync(join(this.#clusterDir, 'postgresql.auto.conf'), `${name} = '${value}'\n`);
  }
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (existsSync(file)) return readFileSync(file, 'utf8').split(' ').filter(Boolean).map(Number);
  return readdirSync('/proc')
    .map(Number)
    .filter((each) => Number.isInteger(each) && parentOf(each) === pid);
}

function parentOf(pid: number): number {
  return Number(/^\d+ \(.*\) \S (\d+)/s.exec(statOf(pid))?.[1]);
}

/** A zombie has ended; only its parent has not looked yet. */
function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== '' && !/^\d+ \(.*\) [ZX]/s.test(stat);
}

function statOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it has ended by itself
  }
}

const notInTime = (what: string) =>
  new LocalPostgresError('POSTGRES_NOT_STARTED', `Waited ${WITHIN_MS / 1000} s in vain for ${what}.`);
