import { Dot } from '#frame/dot.tsx';
import type { PrintPage } from '#server/catalogue.ts';
import { Edition, PrintStage } from './print-parts.tsx';
import { EditionMarks, PrintFacts, PrintHead } from './print-words.tsx';

/** A print of which every copy is sold: it stays on show. */
export function SoldOut({ print }: { print: PrintPage }) {
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
        <Edition print={print} legend="The edition" marks={<EditionMarks print={print} />} />
        <PrintFacts print={print} />
      </div>
    </div>
  );
}
