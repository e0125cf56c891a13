'use client';
import { useSyncExternalStore } from 'react';

/** The shopper's time zone; UTC while the server draws the page, which cannot know it. */
export function useTimeZone(): string {
  return useSyncExternalStore(never, zone, () => 'UTC');
}

const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const never = () => () => {};

/** 14:32, or 14:32 UTC where it is not the shopper's own. */
export function clock(at: Date, timeZone: string): string {
  const time = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone }).format(at);
  return timeZone === 'UTC' ? `${time} UTC` : time;
}

const STYLES = {
  day: { dateStyle: 'long' },
  second: { timeStyle: 'medium' },
  moment: { dateStyle: 'medium', timeStyle: 'medium' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

/** 24 November 2026, or 14:24:07, as the shopper's clock says it. */
export function LocalTime({ at, as }: { at: Date; as: keyof typeof STYLES }) {
  const timeZone = useTimeZone();
  return (
    <time dateTime={at.toISOString()}>{new Intl.DateTimeFormat('en-GB', { ...STYLES[as], timeZone }).format(at)}</time>
  );
}
