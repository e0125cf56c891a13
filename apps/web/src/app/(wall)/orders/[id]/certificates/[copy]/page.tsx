import type { Metadata } from 'next';
import { CertificatePage } from '#order/certificate-page.tsx';
import { orNotFound, pageApi } from '#server/page-api.ts';

export const metadata: Metadata = { title: 'Certificate' };

/** Of one copy, for its owner: /orders/<order>/certificates/lee-shore-18 */
export default async function Certificate({ params }: PageProps<'/orders/[id]/certificates/[copy]'>) {
  const { id, copy } = await params;
  const api = await pageApi();
  const order = await orNotFound(api.orders.get({ orderId: id }));
  return <CertificatePage order={order} copy={copy} at={`/orders/${id}`} />;
}
