import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { PrintChoice } from '#catalogue/print-choice.tsx';
import { SoldOut } from '#catalogue/sold-out.tsx';
import { soldOut } from '#catalogue/work.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { findPrint } from '#server/catalogue.ts';
import { currentCart } from '#server/request.ts';
import { storefront } from '#server/storefront.ts';

const load = cache(async (slug: string) => await findPrint(storefront().shop.db, slug, await currentCart()));

export async function generateMetadata({ params }: PageProps<'/prints/[slug]'>): Promise<Metadata> {
  const print = await load((await params).slug);
  return print ? { title: print.title, description: print.statement } : {};
}

export default async function PrintPage({ params }: PageProps<'/prints/[slug]'>) {
  const print = await load((await params).slug);
  if (!print) notFound();
  return (
    <>
      {soldOut(print) ? <SoldOut print={print} /> : <PrintChoice key={print.slug} print={print} />}
      <Fresh everyMs={10_000} />
    </>
  );
}
