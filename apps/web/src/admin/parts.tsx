import type { Route } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';

/** The heading of a page, and what stands beside it. */
export function DeskHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline gap-x-5 gap-y-2 pt-5 pb-4">
      <h1 className="text-head">{title}</h1>
      {children}
    </div>
  );
}

export function DeskSection({ title, count, children }: { title: string; count?: number; children: ReactNode }) {
  return (
    <section className="grid min-w-0 gap-3">
      <h2 className="text-title">
        {title} {count !== undefined && <span className="text-ink-3">{count.toLocaleString('en-GB')}</span>}
      </h2>
      {children}
    </section>
  );
}

/** Said where a list is empty. */
export function Nothing({ children }: { children: ReactNode }) {
  return <p className="text-ink-2 text-small">{children}</p>;
}

/** To the rest of a long list. Back leads back. */
export function NextPage({ href }: { href: Route | undefined }) {
  if (!href) return null;
  return (
    <p className="pt-4">
      <Link className="btn btn-line btn-s" href={href}>
        Next 50
      </Link>
    </p>
  );
}

/** A choice of lists; the one that is shown is marked. */
export function Pills({
  label,
  pills,
}: {
  label: string;
  pills: readonly { readonly name: string; readonly href: Route; readonly isHere: boolean }[];
}) {
  return (
    <nav className="filters" aria-label={label}>
      {pills.map(({ name, href, isHere }) => (
        <Link key={href} className="pill" href={href} aria-current={isHere ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
