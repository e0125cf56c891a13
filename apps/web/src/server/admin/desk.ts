import type { Shop } from '@once/checkout';
import type { Route } from 'next';
import { notFound, redirect } from 'next/navigation';
import { signInFrom } from '#admin/sign-in-from.ts';
import { currentStaffCheck } from '#server/request.ts';
import type { Staff } from '#server/staff.ts';
import { storefront } from '#server/storefront.ts';

/**
 * For every page of the back office: whose request it is. Whoever must sign in first comes back to this page.
 *
 * @param path of the page, with its search
 */
export async function atDesk(path: string): Promise<{ readonly staff: Staff; readonly shop: Shop }> {
  const check = await currentStaffCheck();
  switch (check.kind) {
    case 'signed_out':
      return redirect(signInFrom(path) as Route);
    case 'stranger':
      return notFound();
    case 'staff':
      return { staff: check.staff, shop: storefront().shop };
  }
}

/** The first value of a parameter of the address; undefined where there is none. */
export const first = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value[0] : value;

/** The address of a list with other parameters. Empty ones are left out. */
export function hrefOf(path: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const search = new URLSearchParams(Object.entries(parameters).filter((pair): pair is [string, string] => !!pair[1]));
  return search.size > 0 ? `${path}?${search}` : path;
}
