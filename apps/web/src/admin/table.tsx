// oxlint-disable jsx-a11y/no-noninteractive-tabindex -- as below
import type { ReactNode } from 'react';

interface TableProps {
  /** What it is a table of. */
  readonly label: string;
  /** Its columns; those of figures begin with `#`. */
  readonly columns: readonly string[];
  readonly children: ReactNode;
}

/** Scrolls sideways where it does not fit, by finger and by keyboard. */
export function Table({ label, columns, children }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: whoever has no pointer scrolls it by the arrow keys
    <section className="scroll" tabIndex={0} aria-label={label}>
      <table className="grid-table">
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className={column.startsWith('#') ? 'num' : undefined}>
                {column.replace('#', '')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
