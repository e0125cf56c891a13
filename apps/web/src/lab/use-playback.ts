'use client';
import { useEffect, useMemo, useState } from 'react';
import type { RunView } from './run.ts';

/** How long a step is shown, at least, so that it can be read. */
const STEP_MS = { slow: 1_400, normal: 600 } as const;
export type Speed = keyof typeof STEP_MS;

export interface Playback {
  /** Events up to this moment are shown. */
  readonly untilMs: number;
  readonly step: number;
  readonly steps: number;
  readonly isPlaying: boolean;
  readonly speed: Speed;
  readonly go: (step: number) => void;
  readonly toggle: () => void;
  readonly setSpeed: (speed: Speed) => void;
}

/** Steps through a run that is over, both shops by one clock. Of one that goes on, everything is shown. */
export function usePlayback(run: RunView | undefined): Playback {
  const times = useMemo(() => timesOf(run), [run]);
  const [at, setAt] = useState<{ readonly run: string; readonly step: number }>();
  const [isStarted, setStarted] = useState(false);
  const [speed, setSpeed] = useState<Speed>('normal');
  const step = at && at.run === run?.id ? Math.min(at.step, times.length) : times.length;
  const isPlaying = isStarted && step < times.length;
  const go = (to: number) => setAt({ run: run?.id ?? '', step: Math.max(0, Math.min(to, times.length)) });

  useEffect(() => {
    if (!isPlaying) return;
    const timer = setTimeout(() => setAt({ run: run?.id ?? '', step: step + 1 }), STEP_MS[speed]);
    return () => clearTimeout(timer);
  }, [isPlaying, step, speed, run?.id]);

  return {
    untilMs: step >= times.length ? Number.POSITIVE_INFINITY : (times[step - 1] ?? -1),
    ...{ step, steps: times.length, isPlaying, speed, setSpeed },
    go: (to) => {
      setStarted(false);
      go(to);
    },
    toggle: () => {
      if (!isPlaying && step >= times.length) go(0);
      setStarted(!isPlaying);
    },
  };
}

/** What happened in the same millisecond is one step. */
function timesOf(run: RunView | undefined): number[] {
  const all = [run?.shops?.once, run?.shops?.naive].flatMap((shop) => shop?.events.map(({ atMs }) => atMs) ?? []);
  return [...new Set(all)].toSorted((a, b) => a - b);
}
