import type { Metadata } from 'next';
import { redirect } from 'next/navigation';
import { OrderPage } from '#order/order-page.tsx';
import { orNotFound, pageApi } from '#server/page-api.ts';
import { storefront } from '#server/storefront.ts';

export const metadata: Metadata = { title: 'Order' };

export default async function Order({ params }: PageProps<'/orders/[id]'>) {
  const { id } = await params;
  const api = await pageApi();
  const status = await orNotFound(api.checkout.status({ checkoutId: id }));
  // Nothing was ordered yet: what there is of it is its checkout.
  if (!status.hasOrder) redirect(`/checkout/${id}`);
  const order = await orNotFound(api.orders.get({ orderId: id }));
  const { env, receiptLinks } = storefront();
  const link = receiptLinks.write({ orderId: id, linksEnded: order.receiptLinksEnded });
  return <OrderPage order={order} status={status} receiptUrl={`${env.publicUrl}/receipts/${link}`} />;
}
