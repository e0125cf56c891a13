import { cookies } from 'next/headers';
import { cache } from 'react';
import { storefront } from './storefront.ts';

// For pages: who is asking, and how they like it. Each reads the request, so a page that uses them is never prerendered.

/** The guest's cart id; null: nobody we know. */
export const currentGuest = cache(async (): Promise<string | null> => {
  const jar = await cookies();
  const { guests } = storefront();
  return guests.read(jar.get(guests.name)?.value);
});

/** What the shopper chose; undefined: as the system has it. */
export async function currentTheme(): Promise<'light' | 'dark' | undefined> {
  const theme = (await cookies()).get('once_theme')?.value;
  return theme === 'light' || theme === 'dark' ? theme : undefined;
}
