import type { Counted, Counts } from './counted.ts';

// Which row a process writes next: decided here, without a clock or a database.

/** Steps of the history, and how long each is kept. A day is shown by hours, a month by hours that are added up. */
export const STEPS = {
  minute: { stepMs: 60_000, keptMs: 2 * 3_600_000 },
  hour: { stepMs: 3_600_000, keptMs: 32 * 86_400_000 },
} as const;
export type Step = keyof typeof STEPS;

/** A process tells about so often. */
export const TELL_MS = 10_000;
/** A longer silence is a break: of that time nothing is known. */
const BREAK_MS = 3 * TELL_MS;

/** A time within one slot in which a process told without a break. */
export interface Stretch {
  readonly slotMs: number;
  readonly beganMs: number;
  readonly toldMs: number;
  /** What had been counted when it began. */
  readonly before: Counts;
  readonly sums: Counts;
  readonly peaks: Counts;
}

/**
 * The stretch that a process is in now. What was counted during a break, or since the last word in the slot before, stands in
 * the new one: it happened in between, and is never counted twice or not at all.
 *
 * @param last that was written; undefined: it has never told
 */
export function nextStretch(last: Stretch | undefined, stepMs: number, atMs: number, counted: Counted): Stretch {
  // A standby that takes over may be behind: a slot that was left is not written again.
  const nowMs = Math.max(atMs, last?.toldMs ?? atMs);
  const slotMs = Math.floor(nowMs / stepMs) * stepMs;
  const toldOnTime = last !== undefined && nowMs - last.toldMs <= BREAK_MS;
  if (toldOnTime && last.slotMs === slotMs) {
    return { ...last, toldMs: nowMs, sums: counted.sums, peaks: higher(last.peaks, counted.peaks) };
  }
  return {
    slotMs,
    beganMs: toldOnTime ? slotMs : nowMs,
    toldMs: nowMs,
    before: last?.sums ?? {},
    ...counted,
  };
}

/** What stands in its row. */
export function countsOf({ before, sums, peaks }: Stretch): Counts {
  const risen = Object.entries(sums).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  return { ...Object.fromEntries(risen.filter(([, count]) => count !== 0)), ...peaks };
}

function higher(some: Counts, others: Counts): Counts {
  const names = [...Object.keys(some), ...Object.keys(others)];
  return Object.fromEntries(names.map((name) => [name, Math.max(some[name] ?? 0, others[name] ?? 0)]));
}
