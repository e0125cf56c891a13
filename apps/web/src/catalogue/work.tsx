import type { CSSProperties } from 'react';
import { shortMoney } from '#copy/money.ts';
import { Dot } from '#frame/dot.tsx';
import { PageLink } from '#frame/page-link.tsx';
import { PrintPicture } from '#frame/print-picture.tsx';
import type { PrintSummary } from '#server/catalogue.ts';

interface WorkProps {
  readonly print: PrintSummary;
  readonly eager: boolean;
  readonly heading?: 'h2' | 'h3';
}

/** One mark for each copy, as long as they can be told apart; beyond that, a share of the edition. */
const MOST_MARKS = 60;

/** A print on the wall, with its label. */
export function Work({ print, eager, heading: Heading = 'h2' }: WorkProps) {
  const { slug, title, studio, format, copies, priceMinor, currency } = print;
  const marks = copies > MOST_MARKS ? MOST_MARKS : copies;
  const taken: CSSProperties & Record<'--n' | '--taken', number> = {
    '--n': marks,
    '--taken': ((copies - print.available) / copies) * marks,
  };
  return (
    <article className={`work ${soldOut(print) ? 'sold' : ''}`}>
      <div className="wallspace">
        <PrintPicture slug={slug} format={format} eager={eager} />
      </div>
      <div className="wall-label">
        <Heading>
          <PageLink href={`/prints/${slug}`} dir="auto">
            {title}
          </PageLink>
        </Heading>
        <span className="price">{shortMoney(priceMinor, currency)}</span>
        <span dir="auto">{studio}</span>
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
