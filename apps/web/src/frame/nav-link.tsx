'use client';
import type { Route } from 'next';
import { usePathname } from 'next/navigation';
import type { ReactNode } from 'react';
import { PageLink } from './page-link.tsx';

/** A link of the main navigation, which marks the section that the shopper is in. */
export function NavLink({ href, children }: { href: Route; children: ReactNode }) {
  const here = usePathname();
  const current = href === '/' ? here === '/' || here.startsWith('/prints/') : here.startsWith(href);
  return (
    <PageLink href={href} aria-current={current ? 'page' : undefined}>
      {children}
    </PageLink>
  );
}
