import type { OrderView } from '@once/checkout';
import type { Route } from 'next';

type Line = OrderView['lines'][number];

/** lee-shore-18: a copy in an address. */
export const copyName = ({ slug, number }: Pick<Line, 'slug' | 'number'>): string => `${slug}-${number}`;

/** Its page. @param at where the order is read: by its owner, or by the link of its receipt */
export const certificateAt = (at: string, line: Pick<Line, 'slug' | 'number'>): Route =>
  `${at}/certificates/${copyName(line)}` as Route;

/** ONCE-LS-018-7Q2K-9MZD: initials of the print, the copy, the order. */
export function certificateNumber({ title, number }: Pick<Line, 'title' | 'number'>, orderNumber: string): string {
  const initials = title
    .split(/[^\p{L}]+/u)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
  return `ONCE-${initials}-${String(number).padStart(3, '0')}-${orderNumber}`;
}
