import { cartOf, type Owner } from '@once/checkout';
import { readSession, type Session } from './auth/session.ts';
import { cookieValue } from './guest.ts';
import type { Storefront } from './storefront.ts';

/** Who asks: a guest by their cookie, an account by its session, both, or nobody we know. */
export interface Shopper extends Owner {
  readonly session: Session | null;
  /** The cart that they fill; null: none yet. */
  readonly cartId: string | null;
}

export async function shopperOf(headers: Headers, { accounts, guests, shop }: Storefront): Promise<Shopper> {
  const guestCartId = guests.read(cookieValue(headers.get('cookie'), guests.name));
  const session = await readSession(headers, accounts);
  const owner: Owner = { guestCartId, userId: session?.userId ?? null };
  return { ...owner, session, cartId: await cartOf(shop.db, owner) };
}
