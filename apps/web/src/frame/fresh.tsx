'use client';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** Draws the page anew from the server every so often while it is looked at, and when it is looked at again. */
export function Fresh({ everyMs }: { everyMs: number }) {
  const router = useRouter();
  useEffect(() => {
    const refresh = () => {
      if (document.visibilityState === 'visible' && navigator.onLine) router.refresh();
    };
    const restored = (event: PageTransitionEvent) => event.persisted && refresh();
    const timer = setInterval(refresh, everyMs);
    document.addEventListener('visibilitychange', refresh);
    addEventListener('pageshow', restored);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', refresh);
      removeEventListener('pageshow', restored);
    };
  }, [router, everyMs]);
  return null;
}
