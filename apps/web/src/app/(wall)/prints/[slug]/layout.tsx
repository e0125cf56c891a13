import { notFound } from 'next/navigation';
import { hasPrint } from '#server/catalogue.ts';
import { storefront } from '#server/storefront.ts';

/** Above the loading page, because once that has been sent it is too late to answer 404. */
export default async function PrintLayout({ children, params }: LayoutProps<'/prints/[slug]'>) {
  const { slug } = await params;
  if (!(await hasPrint(storefront().shop.db, slug))) notFound();
  return children;
}
