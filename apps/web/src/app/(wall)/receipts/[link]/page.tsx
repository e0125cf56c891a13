import type { Metadata } from 'next';
import { OrderBody } from '#order/order-body.tsx';
import { orNotFound, pageApi } from '#server/page-api.ts';

export const metadata: Metadata = { title: 'Receipt', robots: { index: false, follow: false } };

/** An order as its owner sees it, for whoever has the link in the receipt: without a cookie, and with nothing to press. */
export default async function Receipt({ params }: PageProps<'/receipts/[link]'>) {
  const { link } = await params;
  const api = await pageApi();
  const { order, status } = await orNotFound(api.orders.receipt({ link }));
  return <OrderBody order={order} status={status} at={`/receipts/${link}`} readOnly />;
}
