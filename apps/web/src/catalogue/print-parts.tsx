import type { CSSProperties, ReactNode } from 'react';
import { Dot } from '#frame/dot.tsx';
import { PrintPicture, ratioOf, sheetOf } from '#frame/print-picture.tsx';
import type { PrintPage } from '#server/catalogue.ts';

/** The parts of a print's page, whether it can be bought or not. */
export function PrintStage({ print, number }: { print: PrintPage; number?: number }) {
  const { slug, format, title } = print;
  const ratio: CSSProperties & Record<'--ratio', number> = { '--ratio': ratioOf(format) };
  const alt = number === undefined ? title : `${title}, copy ${number}`;
  return (
    <div className="stage">
      <div className="hangart" style={ratio}>
        <PrintPicture slug={slug} format={format} alt={alt} eager {...(number !== undefined && { number })} />
      </div>
    </div>
  );
}

export function PrintHead({ print }: { print: PrintPage }) {
  return (
    <div className="grid gap-2.5">
      <h1 className="text-head">{print.title}</h1>
      <p className="text-ink-2">
        {print.studio}, {print.publishedAt.getUTCFullYear()}. Pigment print on 310 g cotton paper.
      </p>
      <p className="pt-1.5 text-lead">{print.statement}</p>
    </div>
  );
}

/** The numbers of an edition. `choice`: what stands for a copy that can be had. */
export function Edition({
  print,
  legend,
  choice,
}: {
  print: PrintPage;
  legend: string;
  choice?: (no: number) => ReactNode;
}) {
  const marks = new Set(print.numbers.map(({ state }) => state));
  return (
    <fieldset>
      <legend className="legend mb-2.5">{legend}</legend>
      <div className="edition">
        {print.numbers.map(({ number, state }) =>
          state === 'available' && choice ? (
            choice(number)
          ) : (
            // A mark that is drawn by the style sheet: there is nothing for an img element to load.
            <span
              key={number}
              className={state === 'sold' ? 'gone' : 'held'}
              // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role
              role="img"
              aria-label={`No. ${number}, ${STATE_WORDS[state]}`}
            />
          ),
        )}
      </div>
      <p className="mt-2.5 flex flex-wrap gap-x-5 gap-y-1 text-ink-2 text-small">
        {marks.has('sold') && (
          <span className="tag">
            <Dot kind="sold" />
            sold
          </span>
        )}
        {(marks.has('held') || marks.has('yours')) && (
          <span className="tag">
            <Dot kind="none" />
            {marks.has('held') ? 'held by someone' : 'held for you'}
          </span>
        )}
      </p>
    </fieldset>
  );
}

const STATE_WORDS = { available: 'available', held: 'held by someone', yours: 'in your cart', sold: 'sold' } as const;

export function PrintFacts({ print }: { print: PrintPage }) {
  return (
    <dl className="facts border-rule border-t pt-4.5">
      <dt>Edition</dt>
      <dd>
        {print.copies} copies, {print.available} left
      </dd>
      <dt>Sheet</dt>
      <dd>{sheetOf(print.format)}, sent rolled in a tube</dd>
      <dt>Variation</dt>
      <dd>Each number is drawn slightly differently</dd>
      <dt>Certificate</dt>
      <dd>Numbered and issued with the order</dd>
    </dl>
  );
}
