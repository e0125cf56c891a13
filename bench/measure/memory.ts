import { readFileSync } from 'node:fs';

/** In MiB. */
export interface Resident {
  readonly totalMib: number;
  /** The process's own: heap, stacks, buffers. The rest is pages of files, above all the Node binary, shared by all. */
  readonly ownMib: number;
}

export function residentOf(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const mib = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { totalMib: mib('VmRSS'), ownMib: mib('RssAnon') };
}
