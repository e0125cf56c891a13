import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { CheckoutPage } from '#checkout/checkout-page.tsx';
import { orNotFound, pageApi } from '#server/page-api.ts';
import { storefront } from '#server/storefront.ts';

export const metadata: Metadata = { title: 'Checkout' };

/** Answers that belong to the order's page: there is nothing left to do here. */
const OVER: readonly string[] = ['paid', 'cancelled', 'refunded', 'returned', 'needs_review'];

export default async function Checkout({ params }: PageProps<'/checkout/[id]'>) {
  const { id: checkoutId } = await params;
  const api = await pageApi();
  const [checkout, status] = await orNotFound(
    Promise.all([api.checkout.get({ checkoutId }), api.checkout.status({ checkoutId })]),
  );
  if (status.hasOrder && OVER.includes(status.answer)) redirect(`/orders/${checkoutId}`);
  return <CheckoutPage checkout={checkout} status={status} cardForm={storefront().cardForm} />;
}
