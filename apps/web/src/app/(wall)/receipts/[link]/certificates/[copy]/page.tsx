import type { Metadata } from 'next';
import { CertificatePage } from '#order/certificate-page.tsx';
import { orNotFound, pageApi } from '#server/page-api.ts';

export const metadata: Metadata = { title: 'Certificate', robots: { index: false, follow: false } };

/** Of one copy, for whoever has the link in the receipt. */
export default async function Certificate({ params }: PageProps<'/receipts/[link]/certificates/[copy]'>) {
  const { link, copy } = await params;
  const api = await pageApi();
  const { order } = await orNotFound(api.orders.receipt({ link }));
  return <CertificatePage order={order} copy={copy} at={`/receipts/${link}`} />;
}
