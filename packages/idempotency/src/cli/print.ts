// What people read. Machines get the same facts with --json.
import type { Finding } from './doctor.ts';
import type { FoundRecord } from './record.ts';
import type { Status } from './status.ts';

export const findingsText = (findings: readonly Finding[]): string =>
  findings
    .map(({ verdict, what, fix }) => `${verdict.padEnd(4)}  ${what}${fix === undefined ? '' : `\n      ${fix}`}`)
    .join('\n');

export function statusText({ open, needsReview, aboutRecords, expirable }: Status): string {
  const lines = [`about ${aboutRecords} records, ${expirable} of them past their retention`];
  if (open.length === 0) lines.push('none is open');
  for (const { operation, version, state, records, overdueMs } of open) {
    const overdue = overdueMs === null || state === 'needs_review' ? '' : `, due for ${duration(overdueMs)}`;
    lines.push(`${String(records).padStart(8)}  ${state.padEnd(12)}  ${operation} (version ${version})${overdue}`);
  }
  for (const { operation, scope, key, recoveryPoint, sinceMs } of needsReview) {
    lines.push(`needs a person for ${duration(sinceMs)}, after ${recoveryPoint ?? 'its claim'}:`);
    lines.push(`          once-idempotency find ${[operation, scope, key].map(quoted).join(' ')}`);
  }
  return lines.join('\n');
}

/** @param data also what the record stores: input, progress and outcome. */
export function recordFacts({ record, ...found }: FoundRecord, data: boolean) {
  return {
    id: found.id,
    state: record.state,
    operation: found.operation,
    version: record.version,
    scope: found.scope,
    key: found.key,
    recoveryPoint: record.recoveryPoint,
    fence: record.fence,
    failedTries: record.failedTries,
    createdAt: time(record.createdAtMs),
    advancedAt: time(record.advancedAtMs),
    dueAt: time(record.dueAtMs),
    retainedUntil: time(record.retainedUntilMs),
    ...(data && { input: record.input, progress: record.progress, outcome: record.outcome }),
    operatorLog: found.operatorLog,
  };
}

export function recordText({ operatorLog, ...facts }: ReturnType<typeof recordFacts>): string {
  const lines = Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.padEnd(14)} ${value}`);
  for (const { at, by, verb, from, reason } of operatorLog) {
    lines.push(`${at.toISOString()} ${by}: ${verb} (it was ${from}): ${reason}`);
  }
  return lines.join('\n');
}

const time = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function duration(ms: number): string {
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** For a shell. */
const quoted = (text: string): string => (/^[\w.:@/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
