import type { CSSProperties, ReactNode } from 'react';
import { PrintPicture, ratioOf } from '#frame/print-picture.tsx';
import type { PrintPage } from '#server/catalogue.ts';

/** What changes on a print's page: the picture with the number that is chosen, and the numbers as they are taken. */
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

interface EditionProps {
  readonly print: PrintPage;
  readonly legend: string;
  /** What its marks mean. */
  readonly marks: ReactNode;
  /** What stands for a copy that can be had. */
  readonly choice?: (no: number) => ReactNode;
}

/** The numbers of an edition. */
export function Edition({ print, legend, marks, choice }: EditionProps) {
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
      {marks}
    </fieldset>
  );
}

const STATE_WORDS = { available: 'available', held: 'held by someone', yours: 'in your cart', sold: 'sold' } as const;
