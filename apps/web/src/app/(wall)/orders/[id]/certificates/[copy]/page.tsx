import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { copyName } from '#order/certificate-number.ts';
import { CertificatePage } from '#order/certificate-page.tsx';
import { orNotFound, pageApi } from '#server/page-api.ts';

export const metadata: Metadata = { title: 'Certificate' };

/** Of one copy, for its owner: /orders/<order>/certificates/lee-shore-18 */
export default async function Certificate({ params }: PageProps<'/orders/[id]/certificates/[copy]'>) {
  const { id, copy } = await params;
  const api = await pageApi();
  const order = await orNotFound(api.orders.get({ orderId: id }));
  const line = order.lines.find((each) => copyName(each) === copy);
  // Issued with the payment: before it nothing is anybody's.
  if (!line || order.paidAt === null) notFound();
  return <CertificatePage line={line} order={order} paidAt={order.paidAt} />;
}
