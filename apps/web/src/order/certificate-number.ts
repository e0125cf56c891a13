import type { OrderView } from '@once/checkout';

type Line = OrderView['lines'][number];

/** lee-shore-18: a copy in an address. */
export const copyName = ({ slug, number }: Pick<Line, 'slug' | 'number'>): string => `${slug}-${number}`;

/** ONCE-LS-018-7Q2K-9MZD: initials of the print, the copy, the order. */
export function certificateNumber({ title, number }: Pick<Line, 'title' | 'number'>, orderNumber: string): string {
  const initials = title
    .split(/[^\p{L}]+/u)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
  return `ONCE-${initials}-${String(number).padStart(3, '0')}-${orderNumber}`;
}
