import type { Metadata } from 'next';
import { CatalogueIntro } from '#catalogue/catalogue-intro.tsx';
import { addressOf, type CatalogueQuery, isFiltered, readQuery } from '#catalogue/catalogue-query.ts';
import { Filters, NothingFound } from '#catalogue/filters.tsx';
import { Pagination } from '#catalogue/pagination.tsx';
import { SearchForm } from '#catalogue/search-form.tsx';
import { Work } from '#catalogue/work.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { type FoundPrints, searchPrints } from '#server/search.ts';
import { storefront } from '#server/storefront.ts';

export const dynamic = 'force-dynamic';

export async function generateMetadata({ searchParams }: PageProps<'/'>): Promise<Metadata> {
  const query = readQuery(await searchParams);
  return {
    title: query.text ? `Prints that match “${query.text}”` : 'Prints',
    // However it is sorted or filtered it is the same wall; only its pages differ.
    alternates: { canonical: addressOf(readQuery({}), { page: query.page }) },
    ...(isFiltered(query) && { robots: { index: false, follow: true } }),
  };
}

/** Fills the first row on any screen. */
const EAGER = 4;

export default async function CataloguePage({ searchParams }: PageProps<'/'>) {
  const query = readQuery(await searchParams);
  const found = await searchPrints(storefront().shop.db, query);
  const isEmpty = found.total === 0 && !isFiltered(query);
  return (
    <>
      <CatalogueIntro />
      <SearchForm query={query} />
      <Filters query={query} />
      <output className="block wrap-anywhere py-4 text-ink-2 text-small">{countOf(query, found)}</output>
      {isEmpty && (
        <p className="max-w-128 py-10 text-lead text-ink-2">
          The wall is empty just now. New editions are on their way.
        </p>
      )}
      {found.total === 0 && !isEmpty && <NothingFound query={query} />}
      <div className="hang">
        {found.prints.map((print, index) => (
          <Work key={print.slug} print={print} eager={index < EAGER} />
        ))}
      </div>
      <Pagination query={query} page={found.page} pages={found.pages} />
      <Fresh everyMs={15_000} />
    </>
  );
}

function countOf({ text }: CatalogueQuery, { total, left, isNear }: FoundPrints) {
  if (total === 0) return 'No prints';
  const prints = `${many(total, 'print')}, ${many(left, 'copy', 'copies')} left`;
  if (!isNear) return prints;
  return (
    <>
      Nothing has exactly “<bdi>{text}</bdi>”. Close to it: {prints}
    </>
  );
}

const many = (count: number, one: string, several = `${one}s`) =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? one : several}`;
