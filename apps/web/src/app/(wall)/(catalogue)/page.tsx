import type { Metadata } from 'next';
import { CatalogueIntro } from '#catalogue/catalogue-intro.tsx';
import { Work } from '#catalogue/work.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { listPrints } from '#server/catalogue.ts';
import { storefront } from '#server/storefront.ts';

export const dynamic = 'force-dynamic';
export const metadata: Metadata = { title: 'Prints' };

/** Fills the first row on any screen. */
const EAGER = 4;

export default async function CataloguePage() {
  const prints = await listPrints(storefront().shop.db);
  const left = prints.reduce((sum, { available }) => sum + available, 0);
  return (
    <>
      <CatalogueIntro />
      <p className="border-rule border-t pt-4 pb-7 text-ink-2 text-small">
        {prints.length} prints, {left.toLocaleString('en-GB')} copies left
      </p>
      {prints.length === 0 ? (
        <p className="max-w-128 py-10 text-lead text-ink-2">
          The wall is empty just now. New editions are on their way.
        </p>
      ) : (
        <div className="hang">
          {prints.map((print, index) => (
            <Work key={print.slug} print={print} eager={index < EAGER} />
          ))}
        </div>
      )}
      <Fresh everyMs={15_000} />
    </>
  );
}
