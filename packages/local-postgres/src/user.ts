import { readdirSync, readFileSync, statSync } from 'node:fs';
import { errorCode, LocalPostgresError, reason } from './errors.ts';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Who the server runs as; undefined: as this process. Postgres refuses to run as root, so root starts it as the owner
 * of the cluster, or as nobody where there is no cluster yet.
 *
 * @throws {LocalPostgresError} POSTGRES_OTHER_OWNER where only another user could use the cluster.
 */
export function serverUser(clusterDir: string, uid: number | undefined = process.getuid?.()): ServerUser | undefined {
  const owner = clusterOwner(clusterDir);
  if (uid === 0) {
    if (owner?.uid === 0) throw otherOwner(clusterDir, owner.uid, 'Postgres never runs as root');
    return owner ?? nobody();
  }
  if (owner !== undefined && owner.uid !== uid) throw otherOwner(clusterDir, owner.uid, `this process is ${name(uid)}`);
  return undefined;
}

function clusterOwner(clusterDir: string): ServerUser | undefined {
  try {
    const { uid, gid } = statSync(clusterDir);
    const notYetOne = uid === 0 && readdirSync(clusterDir).length === 0; // a mount point, say
    return notYetOne ? undefined : { uid, gid };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new LocalPostgresError('POSTGRES_DATA_DIR', `Cannot look at the cluster: ${reason(error)}`, { cause: error });
  }
}

function otherOwner(clusterDir: string, owner: number, why: string): LocalPostgresError {
  return new LocalPostgresError(
    'POSTGRES_OTHER_OWNER',
    `The cluster ${clusterDir} belongs to ${name(owner)}, but ${why}: run as its owner, change its owner with "chown -R", ` +
      'or choose another DATA_DIR.',
  );
}

// initdb looks its own user up by name, so a bare number without an entry would not do.
function nobody(): ServerUser {
  const entry = passwd().find(([user]) => user === 'nobody');
  if (entry === undefined) {
    throw new LocalPostgresError(
      'POSTGRES_NO_USER',
      'Postgres never runs as root, and there is no user "nobody" to run it as: run as an ordinary user or set DATABASE_URL.',
    );
  }
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

function name(uid: number | undefined): string {
  const entry = passwd().find((fields) => fields[2] === String(uid));
  return entry?.[0] === undefined ? `user ${uid}` : `user ${entry[0]} (${uid})`;
}

function passwd(): string[][] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
