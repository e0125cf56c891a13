/** Rows of a page. Few enough for a phone. */
export const ROWS = 50;

/** A part of a long list, and where the next one begins. By key, not by number: what is new does not move it. */
export interface Page<T> {
  readonly rows: readonly T[];
  /** Undefined: there is no more. */
  readonly next: string | undefined;
}

/** @param rows one more than a page has, where there are more */
export function pageOf<T>(rows: readonly T[], keyOf: (row: T) => string): Page<T> {
  const shown = rows.slice(0, ROWS);
  const last = shown.at(-1);
  return { rows: shown, next: rows.length > ROWS && last ? keyOf(last) : undefined };
}

/** The key of a list that is sorted by an instant and, within it, by an id. @param at in ISO 8601, as exactly as it is sorted */
export const instantKey = (at: string, id: string): string => `${at} ${id}`;

export interface InstantKey {
  readonly at: string;
  readonly id: string;
}

/** @returns undefined for what is none, which begins the list anew */
export function readInstantKey(key: string | undefined): InstantKey | undefined {
  const [, at, id] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z) ([\w-]{1,300})$/.exec(key ?? '') ?? [];
  return at === undefined || id === undefined || Number.isNaN(Date.parse(at)) ? undefined : { at, id };
}
