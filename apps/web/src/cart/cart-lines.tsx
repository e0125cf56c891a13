import type { PrintLine } from '@once/checkout';
import { frameWords } from '@once/checkout/framing';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { money } from '#copy/money.ts';
import { PrintPicture } from '#frame/print-picture.tsx';
import { sheetOf } from '#frame/sheet.ts';

export type PrintItemLine = Pick<
  PrintLine,
  'slug' | 'title' | 'number' | 'format' | 'editionCopies' | 'priceMinor' | 'frame'
>;

/** One copy in a list: the picture of that very number, what it is, what it costs. */
export function PrintItem({
  line,
  currency,
  children,
}: {
  line: PrintItemLine;
  currency: string;
  children?: ReactNode;
}) {
  const { slug, title, number, format, editionCopies, priceMinor, frame } = line;
  return (
    <li className="item">
      <div>
        <PrintPicture slug={slug} format={format} number={number} frame={frame} />
      </div>
      <div>
        <h2 className="leading-[1.3]">
          <Link href={`/prints/${slug}`} className="no-underline hover:underline">
            {title}
          </Link>
        </h2>
        <p className="text-ink-2 text-small">
          No. {number} of {editionCopies}
          <br />
          {sheetOf(format)}, {frame === null ? 'rolled' : frameWords(frame)}
        </p>
        {children}
      </div>
      <span>{money(priceMinor, currency)}</span>
    </li>
  );
}
