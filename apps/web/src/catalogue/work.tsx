import Link from 'next/link';
import type { CSSProperties } from 'react';
import { shortMoney } from '#copy/money.ts';
import { Dot } from '#frame/dot.tsx';
import { PrintPicture } from '#frame/print-picture.tsx';
import type { PrintSummary } from '#server/catalogue.ts';

/** A print on the wall, with its label. */
export function Work({ print, eager }: { print: PrintSummary; eager: boolean }) {
  const { slug, title, studio, format, copies, priceMinor, currency } = print;
  const taken: CSSProperties & Record<'--n' | '--taken', number> = {
    '--n': copies,
    '--taken': copies - print.available,
  };
  return (
    <article className={`work ${soldOut(print) ? 'sold' : ''}`}>
      <div className="wallspace">
        <PrintPicture slug={slug} format={format} eager={eager} />
      </div>
      <div className="wall-label">
        <h2>
          <Link href={`/prints/${slug}`}>{title}</Link>
        </h2>
        <span className="price">{shortMoney(priceMinor, currency)}</span>
        <span>{studio}</span>
        <span className="strip" style={taken} aria-hidden="true" />
        <span className="left">
          <Left print={print} />
          <span>Edition of {copies}</span>
        </span>
      </div>
    </article>
  );
}

export const soldOut = ({ available, held }: PrintSummary): boolean => available === 0 && held === 0;

function Left({ print }: { print: PrintSummary }) {
  const { available, copies } = print;
  if (soldOut(print)) {
    return (
      <span className="tag text-ink">
        <Dot kind="sold" />
        Sold out
      </span>
    );
  }
  if (available === 0) {
    return (
      <span className="tag text-ink">
        <Dot kind="none" />
        All held just now
      </span>
    );
  }
  if (available === 1) return <span className="font-medium text-ink">Last copy</span>;
  return (
    <span>
      {available} of {copies} left
    </span>
  );
}
