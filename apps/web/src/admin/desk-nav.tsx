'use client';
import type { Route } from 'next';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useRef } from 'react';

const ROOMS = [
  ['Overview', '/admin'],
  ['Orders', '/admin/orders'],
  ['Operations', '/admin/operations'],
  ['Differences', '/admin/differences'],
  ['Events', '/admin/events'],
  ['Mail', '/admin/mail'],
  ['Editions', '/admin/editions'],
  ['Promotions', '/admin/promotions'],
  ['Figures', '/admin/figures'],
  ['Audit', '/admin/audit'],
] as const satisfies readonly (readonly [string, Route])[];

/** The rooms of the back office. On a phone they scroll, with the current one in view. */
export function DeskNav() {
  const path = usePathname();
  const current = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    current.current?.parentElement?.scrollTo({ left: current.current.offsetLeft - 24 });
  }, [path]);
  return (
    <nav className="tabs" aria-label="Admin">
      {ROOMS.map(([name, href]) => {
        const isHere = href === '/admin' ? path === href : path.startsWith(href);
        return (
          <Link key={href} href={href} ref={isHere ? current : null} aria-current={isHere ? 'page' : undefined}>
            {name}
          </Link>
        );
      })}
    </nav>
  );
}
