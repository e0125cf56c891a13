import { readdirSync, readFileSync } from 'node:fs';

/** Seconds of CPU that each process has used so far, by the name that the report gives it. */
export type CpuClock = () => ReadonlyMap<string, number>;

const TICKS_PER_SECOND = 100; // of /proc, on every Linux

/** This process and what `pids` names, each with all that it has started (a Postgres is its backends). */
export function cpuClock(pids: Readonly<Record<string, number | undefined>>): CpuClock {
  return () => {
    const stats = statsOfAll();
    const own = process.cpuUsage();
    const spent = new Map([['bench', (own.user + own.system) / 1e6]]);
    for (const [name, pid] of Object.entries(pids)) {
      const ticks = stats.filter((stat) => stat.pid === pid || stat.parent === pid).map((stat) => stat.ticks);
      if (pid !== undefined) spent.set(name, ticks.reduce((sum, of) => sum + of, 0) / TICKS_PER_SECOND);
    }
    return spent;
  };
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function statsOfAll(): Stat[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      const text = readOrNothing(`/proc/${entry}/stat`);
      // The name, in brackets, may have blanks and brackets in it; the numbers are behind the last one.
      const fields = text
        .slice(text.lastIndexOf(')') + 2)
        .split(' ')
        .map(Number);
      const [parent = 0, user = 0, system = 0] = [fields[1], fields[11], fields[12]];
      return text === '' ? [] : [{ pid: Number(entry), parent, ticks: user + system }];
    });
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
