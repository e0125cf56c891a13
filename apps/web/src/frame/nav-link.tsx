'use client';
import type { Route } from 'next';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';

/** A link of the main navigation, which marks the section that the shopper is in. */
export function NavLink({ href, children }: { href: Route; children: ReactNode }) {
  const here = usePathname();
  const current = href === '/' ? here === '/' || here.startsWith('/prints/') : here.startsWith(href);
  return (
    <Link href={href} aria-current={current ? 'page' : undefined}>
      {children}
    </Link>
  );
}
