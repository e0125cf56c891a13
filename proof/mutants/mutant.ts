/** A mistake that somebody could make in the product: a patch, and the test that must fail with it. */
export interface Mutant {
  readonly name: string;
  /** What goes wrong with it, in one sentence. */
  readonly breaks: string;
  readonly changes: readonly Change[];
  readonly killer: Killer;
}

/** `from` stands in the file exactly once. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface Killer {
  readonly layer: 'library' | 'shop' | 'web' | 'worker' | 'model' | 'schedules';
  readonly file: string;
  /** As it stands in the source: `%s` and `${…}` stand for anything. */
  readonly title: string;
  /** Of a table of tests only those whose `%s` is this; `%s` in it stands for anything again. */
  readonly row?: string;
}

/** For vitest's `-t`, and to find the test in its report. */
export const patternOf = ({ title, row }: Pick<Killer, 'title' | 'row'>): string =>
  (row === undefined ? title : title.replace('%s', row))
    .split(/%s|\$\{[^}]*\}|\$\w+/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
