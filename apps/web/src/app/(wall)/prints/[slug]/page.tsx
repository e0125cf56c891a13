import type { Metadata } from 'next';
import { notFound } from 'next/navigation';
import { cache } from 'react';
import { FrameChoice, PriceAsChosen } from '#catalogue/frame-choice.tsx';
import { PrintChoice } from '#catalogue/print-choice.tsx';
import { AllHeld, EditionMarks, HoldNote, NeedsScript, PrintFacts, PrintHead } from '#catalogue/print-words.tsx';
import { cardOf, ProductData } from '#catalogue/product-data.tsx';
import { Related } from '#catalogue/related.tsx';
import { SoldOut } from '#catalogue/sold-out.tsx';
import { soldOut } from '#catalogue/work.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { findPrint } from '#server/catalogue.ts';
import { currentCart } from '#server/request.ts';
import { storefront } from '#server/storefront.ts';

const load = cache(async (slug: string) => await findPrint(storefront().shop.db, slug, await currentCart()));

export async function generateMetadata({ params }: PageProps<'/prints/[slug]'>): Promise<Metadata> {
  const print = await load((await params).slug);
  if (!print) return { title: 'Not found' };
  const canonical = `/prints/${print.slug}`;
  return {
    title: print.title,
    description: print.statement,
    alternates: { canonical },
    openGraph: {
      type: 'website',
      siteName: 'Once',
      url: canonical,
      images: [{ url: cardOf(print.slug), width: 1200, height: 630, alt: `${print.title} by ${print.studio}` }],
    },
    twitter: { card: 'summary_large_image' },
  };
}

export default async function PrintPage({ params }: PageProps<'/prints/[slug]'>) {
  const print = await load((await params).slug);
  if (!print) notFound();
  return (
    <>
      {soldOut(print) ? (
        <SoldOut print={print} />
      ) : (
        <PrintChoice
          key={print.slug}
          print={print}
          marks={<EditionMarks print={print} />}
          allHeld={<AllHeld print={print} />}
          head={<PrintHead print={print} />}
          facts={
            <>
              {print.available > 0 && <HoldNote />}
              <NeedsScript />
              <PrintFacts print={print} />
            </>
          }
          framing={<FrameChoice print={print} />}
          price={<PriceAsChosen print={print} />}
        />
      )}
      <Related print={print} />
      <ProductData print={print} publicUrl={storefront().env.publicUrl} />
      <Fresh everyMs={5_000} />
    </>
  );
}
