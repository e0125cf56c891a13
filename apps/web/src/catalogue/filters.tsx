import { PageLink } from '#frame/page-link.tsx';
import { addressOf, type CatalogueQuery, isFiltered, LEFT, PAPERS, PRICE_BANDS } from './catalogue-query.ts';

/** Links, not buttons: each is a page that can be sent to somebody, and none needs JavaScript. */
export function Filters({ query }: { query: CatalogueQuery }) {
  const { paper, price, left } = query;
  const isAll = !paper && !price && !left;
  return (
    <nav className="filters" aria-label="Filters">
      <Pill to={addressOf(query, { paper: undefined, price: undefined, left: undefined })} isOn={isAll}>
        All
      </Pill>
      {entries(PAPERS).map(([id, label]) => (
        <Pill key={id} to={addressOf(query, { paper: paper === id ? undefined : id })} isOn={paper === id}>
          {label}
        </Pill>
      ))}
      {entries(PRICE_BANDS).map(([id, { label }]) => (
        <Pill key={id} to={addressOf(query, { price: price === id ? undefined : id })} isOn={price === id}>
          {label}
        </Pill>
      ))}
      {entries(LEFT).map(([id, label]) => (
        <Pill key={id} to={addressOf(query, { left: left === id ? undefined : id })} isOn={left === id}>
          {label}
        </Pill>
      ))}
    </nav>
  );
}

const entries = <T extends object>(of: T) => Object.entries(of) as [keyof T & string, T[keyof T]][];

function Pill({ to, isOn, children }: { to: ReturnType<typeof addressOf>; isOn: boolean; children: string }) {
  return (
    <PageLink className="pill" href={to} keepsPlace aria-current={isOn ? 'true' : undefined}>
      {children}
    </PageLink>
  );
}

export function NothingFound({ query }: { query: CatalogueQuery }) {
  return (
    <div className="grid max-w-120 gap-4 pt-10 pb-16">
      <h2 className="text-title wrap-anywhere">
        {query.text ? (
          <>
            No print matches “<bdi>{query.text}</bdi>”{isNarrowed(query) && ' with these filters'}.
          </>
        ) : (
          'No print matches these filters.'
        )}
      </h2>
      <p className="text-ink-2">
        {query.text
          ? 'All our prints are drawn by code. Try a studio, a word of a title, or fewer letters.'
          : 'Take one of them away, or look at everything.'}
      </p>
      <p className="flex flex-wrap gap-2">
        {query.text && isNarrowed(query) && (
          <PageLink
            className="btn btn-line"
            href={addressOf({ ...query, paper: undefined, price: undefined, left: undefined })}
          >
            Search without filters
          </PageLink>
        )}
        <PageLink className="btn btn-line" href="/">
          Show all prints
        </PageLink>
      </p>
    </div>
  );
}

const isNarrowed = (query: CatalogueQuery): boolean => isFiltered({ ...query, text: '' });
