import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from './errors.ts';
import type { TiedProcess } from './process.ts';

export interface Awaited {
  readonly app: string;
  readonly process: TiedProcess;
  readonly logFile: string;
  readonly readyUrl: string;
  /** Only an answer that carries it comes from the process that we started, not from an older one on its port. */
  readonly instance: string;
  readonly signal?: AbortSignal | undefined;
}

const READY_WITHIN_MS = 60_000;
const LAST_LINES = 10;

/**
 * @throws {StackError} `PROCESS_ENDED`, `PROCESS_NOT_READY`, `STOPPED`. The first two have the last lines of its log
 *   under their own line: a test that fails far away has no other copy of it.
 */
export async function untilReady(awaited: Awaited): Promise<void> {
  const { app, process, logFile, signal } = awaited;
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(25)) {
    if (signal?.aborted) throw new StackError('STOPPED', `Stopped while ${app} was starting.`);
    const exit = process.exit();
    if (exit) {
      const how = exit.signal ?? `exit code ${exit.code}`;
      throw new StackError(
        'PROCESS_ENDED',
        `${app} ended (${how}) before it was ready; why is at the end of ${logFile}${lastLinesOf(logFile)}`,
      );
    }
    if (await answersAsOurs(awaited)) return;
  }
  throw new StackError(
    'PROCESS_NOT_READY',
    `${app} was not ready within 60 s; why is at the end of ${logFile}${lastLinesOf(logFile)}`,
  );
}

async function answersAsOurs({ readyUrl, instance }: Awaited): Promise<boolean> {
  try {
    const response = await fetch(readyUrl, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok && response.headers.get('x-once-instance') === instance;
  } catch {
    return false; // not listening yet
  }
}

/** Each after a line break; empty when there is no log. */
function lastLinesOf(logFile: string): string {
  try {
    return ['', ...readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-LAST_LINES)].join('\n');
  } catch {
    return '';
  }
}
