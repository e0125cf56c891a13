import type { Metadata } from 'next';
import { CartPage } from '#cart/cart-page.tsx';
import { pageApi } from '#server/page-api.ts';

export const metadata: Metadata = { title: 'Cart' };

export default async function Cart() {
  const api = await pageApi();
  return <CartPage initial={await api.cart.get()} />;
}
