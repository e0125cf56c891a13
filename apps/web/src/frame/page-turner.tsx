'use client';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { useEffect } from 'react';

/** Follows every PageLink. Presses that mean something else (a new tab, a download) are the browser's. */
export function PageTurner() {
  const router = useRouter();
  useEffect(() => {
    const follow = (event: MouseEvent) => {
      if (event.defaultPrevented || event.button !== 0) return;
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[data-turn]') : null;
      if (!link) return;
      event.preventDefault();
      router.push(link.getAttribute('href') as Route, { scroll: link.dataset['turn'] !== 'in-place' });
    };
    document.addEventListener('click', follow);
    return () => document.removeEventListener('click', follow);
  }, [router]);
  return null;
}
