import { PageLink } from '#frame/page-link.tsx';
import { addressOf, type CatalogueQuery } from './catalogue-query.ts';

export function Pagination({ query, page, pages }: { query: CatalogueQuery; page: number; pages: number }) {
  if (pages < 2) return null;
  return (
    <nav className="mt-14 flex flex-wrap items-center gap-3 border-rule border-t pt-5" aria-label="Pages">
      {page > 1 && (
        <PageLink className="btn btn-line btn-s" rel="prev" href={addressOf(query, { page: page - 1 })}>
          Previous
        </PageLink>
      )}
      <span className="text-ink-2 text-small">
        Page {page} of {pages}
      </span>
      {page < pages && (
        <PageLink className="btn btn-line btn-s" rel="next" href={addressOf(query, { page: page + 1 })}>
          Next
        </PageLink>
      )}
    </nav>
  );
}
