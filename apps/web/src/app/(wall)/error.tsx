'use client';
import { useEffect } from 'react';
import { PageFailed } from '#frame/page-failed.tsx';

/** Spread, so that all who were looking when the shop failed do not come back in the same instant. */
const againInMs = (): number => 3_000 + Math.random() * 3_000;

/** Tries again by itself: somebody who waits for the answer to their payment may be looking, and must not have to press. */
export default function WallError({ error, retry }: { error: unknown; retry: () => void }) {
  useEffect(() => {
    if (!error) return;
    const timer = setTimeout(retry, againInMs());
    return () => clearTimeout(timer);
  }, [error, retry]);
  return <PageFailed error={error} retry={retry} />;
}
