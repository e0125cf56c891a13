import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { OrderFilePage } from '#admin/order/order-file-page.tsx';
import { atDesk } from '#server/admin/desk.ts';
import { readOrder } from '#server/admin/order.ts';
import { isId } from '#server/id.ts';
import { orNotFound } from '#server/page-api.ts';

export const metadata: Metadata = { title: 'Order' };

export default async function Order({ params }: PageProps<'/admin/orders/[id]'>) {
  const { id } = await params;
  const { shop } = await atDesk(`/admin/orders/${id}`);
  if (!isId(id)) notFound();
  return <OrderFilePage file={await orNotFound(readOrder(shop, id))} />;
}
