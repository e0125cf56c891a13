import Link from 'next/link';
import type { ReactNode } from 'react';
import { money } from '#copy/money.ts';
import { PrintPicture } from '#frame/print-picture.tsx';
import { sheetOf } from '#frame/sheet.ts';

export interface PrintItemLine {
  readonly slug: string;
  readonly title: string;
  readonly number: number;
  readonly format: string;
  readonly editionCopies: number;
  readonly priceMinor: number;
}

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
  const { slug, title, number, format, editionCopies, priceMinor } = line;
  return (
    <li className="item">
      <div>
        <PrintPicture slug={slug} format={format} number={number} />
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
          {sheetOf(format)}, rolled
        </p>
        {children}
      </div>
      <span>{money(priceMinor, currency)}</span>
    </li>
  );
}
