const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** 47 min, 3 d: how long ago, or how long still, in the largest unit that fits. For people; nothing is decided by it. */
export function ago(at: Date, nowMs: number): string {
  const ms = Math.abs(nowMs - at.getTime());
  const [size, unit] = UNITS.find(([unitMs]) => ms >= unitMs) ?? [1_000, 's'];
  return `${Math.floor(ms / size)} ${unit}`;
}
