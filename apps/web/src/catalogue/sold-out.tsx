import Link from 'next/link';
import { Dot } from '#frame/dot.tsx';
import { listStillAvailable, type PrintPage } from '#server/catalogue.ts';
import { storefront } from '#server/storefront.ts';
import { Edition, PrintFacts, PrintHead, PrintStage } from './print-parts.tsx';

/** A print of which every copy is sold: it stays on show, with what else its studio has. */
export async function SoldOut({ print }: { print: PrintPage }) {
  const others = await listStillAvailable(storefront().shop.db, print.studio, print.slug);
  return (
    <div className="product">
      <PrintStage print={print} />
      <div className="info">
        <PrintHead print={print} />
        <div className="notice">
          <Dot kind="sold" size="l" />
          <div>
            <h2 className="font-medium">Sold out</h2>
            <p className="text-ink-2">All {print.copies} copies belong to someone. We do not reprint.</p>
          </div>
        </div>
        <Edition print={print} legend="The edition" />
        {others.length > 0 && (
          <div className="grid gap-2.5">
            <h2 className="text-lead">Still available from {print.studio}</h2>
            <ul className="grid gap-1">
              {others.map(({ slug, title, available, copies }) => (
                <li key={slug}>
                  <Link href={`/prints/${slug}`}>{title}</Link>, {available} of {copies} left
                </li>
              ))}
            </ul>
          </div>
        )}
        <PrintFacts print={print} />
      </div>
    </div>
  );
}
