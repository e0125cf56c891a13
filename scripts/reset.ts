// `pnpm reset`: throws away all that was bought, paid and mailed in DATA_DIR; the next start begins with the seed.
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { lockDataDir } from './data-dir-lock.ts';
import { explain, StackError } from './errors.ts';
import { readSettings } from './settings.ts';

try {
  const { dataDir, databaseUrl } = readSettings(process.env);
  if (databaseUrl) {
    throw new StackError(
      'SETTING_INVALID',
      'DATABASE_URL is set: reset clears a database of our own only, not that one.',
    );
  }
  if (existsSync(dataDir)) {
    const lock = lockDataDir(dataDir);
    try {
      refuseWhilePostgresRuns(dataDir);
      clear(dataDir);
    } finally {
      lock.release();
    }
  }
  console.log(`${dataDir} is fresh.`);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

/** What the shop itself put there, by name: DATA_DIR may be a folder that holds more. */
function clear(dataDir: string): void {
  const ours = /^(pg|pg\..+|postgres\.log|provider\.sqlite.*|cookie-secret|record-key|mail|logs|lab)$/;
  for (const name of readdirSync(dataDir)) {
    if (ours.test(name)) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

/** Started by something else than a shop, a seed for example: its files must not vanish under it. */
function refuseWhilePostgresRuns(dataDir: string): void {
  const pidFile = join(dataDir, 'pg/postmaster.pid');
  const pid = existsSync(pidFile) ? Number.parseInt(readFileSync(pidFile, 'utf8'), 10) : Number.NaN;
  if (!Number.isNaN(pid) && existsSync(`/proc/${pid}`)) {
    throw new StackError('DATA_DIR_IN_USE', `Postgres (process ${pid}) is running on ${dataDir}: stop what uses it.`);
  }
}
