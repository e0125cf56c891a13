import { DRAWN } from '#frame/print-picture.tsx';
import type { PrintPage } from '#server/catalogue.ts';

/** A print as search engines read it (schema.org). Data, not a script: no policy for scripts applies to it. */
export function ProductData({ print, publicUrl }: { print: PrintPage; publicUrl: string }) {
  const url = `${publicUrl}/prints/${print.slug}`;
  const data = {
    '@context': 'https://schema.org',
    '@type': 'Product',
    name: print.title,
    description: print.statement,
    image: [`${publicUrl}${cardOf(print.slug)}`],
    sku: print.slug,
    url,
    brand: { '@type': 'Brand', name: print.studio },
    offers: {
      '@type': 'Offer',
      url,
      price: decimal(print.priceMinor),
      priceCurrency: print.currency,
      itemCondition: 'https://schema.org/NewCondition',
      availability: `https://schema.org/${availabilityOf(print)}`,
    },
  };
  // `<` as an escape: no text of a print can end the element.
  const __html = JSON.stringify(data).replaceAll('<', '\\u003c');
  // biome-ignore lint/security/noDangerouslySetInnerHtml: React would escape quotes, which JSON cannot do without
  return <script type="application/ld+json" dangerouslySetInnerHTML={{ __html }} />; // oxlint-disable-line react/no-danger
}

export const cardOf = (slug: string): string => `/art/${slug}.png?v=${DRAWN}`;

function availabilityOf({ available, held }: PrintPage): string {
  if (available > 0) return available < 10 ? 'LimitedAvailability' : 'InStock';
  return held > 0 ? 'OutOfStock' : 'SoldOut';
}

const decimal = (minor: number): string => `${Math.trunc(minor / 100)}.${String(minor % 100).padStart(2, '0')}`;
