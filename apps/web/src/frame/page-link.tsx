import type { Route } from 'next';
import type { AnchorHTMLAttributes } from 'react';

interface PageLinkProps<T extends string> extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly href: Route<T>;
  /** The page stays where it is scrolled to. */
  readonly keepsPlace?: boolean;
}

/**
 * A link to a page of ours. A plain element, which PageTurner follows without loading the page anew: on pages of nothing but
 * links, next/link would be code to load and a component to wake for each of them.
 */
export function PageLink<T extends string>({ href, keepsPlace = false, children, ...rest }: PageLinkProps<T>) {
  return (
    <a {...rest} href={href} data-turn={keepsPlace ? 'in-place' : ''}>
      {children}
    </a>
  );
}
