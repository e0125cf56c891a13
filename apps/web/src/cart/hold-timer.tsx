'use client';
import { useEffect, useRef, useState } from 'react';

const MINUTE_MS = 60_000;
const HOLD_MS = 10 * MINUTE_MS;
/** A clock that differs by less is taken to be right: the page's way here took about as long. */
const TOLERATED_SKEW_MS = 5_000;
const END_AGAIN_MS = 2_000;

interface HoldTimerProps {
  readonly until: Date;
  /** The server's clock when it said so. */
  readonly nowMs: number;
  /** Called when it is over, and every two seconds for as long as it is not renewed or taken away. */
  readonly onEnd: () => void;
  /** Undefined: it cannot be extended any more. */
  readonly onExtend?: (() => Promise<void>) | undefined;
}

/** How long prints are held, and ten minutes more for the asking. Said aloud at two minutes and at one, not every second. */
export function HoldTimer({ until, nowMs, onEnd, onExtend }: HoldTimerProps) {
  const leftMs = useCountdown(until.getTime(), nowMs, onEnd);
  const [busy, setBusy] = useState(false);
  const low = leftMs < MINUTE_MS;
  async function extend() {
    if (busy || !onExtend) return;
    setBusy(true);
    await onExtend().finally(() => setBusy(false));
  }
  return (
    <div className={`hold ${low ? 'low' : ''}`}>
      {/* The figure ticks between the server's drawing of it and the browser's. */}
      <span role="timer" suppressHydrationWarning>
        Held for you for <b className="font-medium">{inMinutes(leftMs)}</b>
      </span>
      {onExtend && (
        <button type="button" className="link" aria-disabled={busy} onClick={() => void extend()}>
          Add 10 minutes
        </button>
      )}
      {/* An attribute, not a style: a strict policy takes no style that is written into the page. */}
      <svg className="bar" aria-hidden="true">
        <rect height="100%" width={`${Math.min(100, (leftMs / HOLD_MS) * 100)}%`} suppressHydrationWarning />
      </svg>
      <span className="sr" aria-live="polite">
        {announcement(leftMs)}
      </span>
    </div>
  );
}

function useCountdown(untilMs: number, nowMs: number, onEnd: () => void): number {
  const [leftMs, setLeftMs] = useState(Math.max(0, untilMs - nowMs));
  const end = useRef(onEnd);
  /** performance.now() of the last call of `onEnd`. */
  const endedAt = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    end.current = onEnd;
  });
  useEffect(() => {
    const skewMs = nowMs - Date.now();
    const clockMs = () => Date.now() + (Math.abs(skewMs) < TOLERATED_SKEW_MS ? 0 : skewMs);
    const tick = () => {
      const left = Math.max(0, untilMs - clockMs());
      setLeftMs(left);
      // The shop may take a moment to end it. Every answer until then brings us here anew, so the pause is kept beside it.
      if (left > 0 || performance.now() - endedAt.current < END_AGAIN_MS) return;
      endedAt.current = performance.now();
      end.current();
    };
    const timer = setInterval(tick, 1_000);
    tick();
    return () => clearInterval(timer);
  }, [untilMs, nowMs]);
  return leftMs;
}

function announcement(leftMs: number): string {
  if (leftMs <= 0) return 'Your hold has ended.';
  if (leftMs <= MINUTE_MS) return 'Your prints are held for one more minute. You can add 10 minutes.';
  if (leftMs <= 2 * MINUTE_MS) return 'Your prints are held for two more minutes. You can add 10 minutes.';
  return '';
}

function inMinutes(ms: number): string {
  const seconds = Math.ceil(ms / 1_000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
