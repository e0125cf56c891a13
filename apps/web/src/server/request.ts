import { cookies, headers } from 'next/headers';
import { cache } from 'react';
import { type Shopper, shopperOf } from './shopper.ts';
import { enterAsStaff, type Staff, type StaffCheck } from './staff.ts';
import { storefront } from './storefront.ts';

// For pages and route handlers: who is asking, and how they like it. Each reads the request, so a page that uses them is never prerendered.

/** The guest, the account, both, or nobody we know. */
export const currentShopper = cache(async (): Promise<Shopper> => await shopperOf(await headers(), storefront()));

/** The cart that they fill; null: none yet. */
export const currentCart = async (): Promise<string | null> => (await currentShopper()).cartId;

/** What the shopper chose; undefined: as the system has it. */
export async function currentTheme(): Promise<'light' | 'dark' | undefined> {
  const theme = (await cookies()).get('once_theme')?.value;
  return theme === 'light' || theme === 'dark' ? theme : undefined;
}

/** Whose request this is, if they are staff. */
export async function currentStaff(): Promise<Staff | undefined> {
  const check = await currentStaffCheck();
  return check.kind === 'staff' ? check.staff : undefined;
}

export async function currentStaffCheck(): Promise<StaffCheck> {
  const { session } = await currentShopper();
  return await enterAsStaff(session, storefront());
}
