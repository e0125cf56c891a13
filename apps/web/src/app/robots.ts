import type { MetadataRoute } from 'next';
import { storefront } from '#server/storefront.ts';

export const dynamic = 'force-dynamic';

/** Carts, checkouts and orders need no line here: without their cookie there is nothing in them. */
export default function robots(): MetadataRoute.Robots {
  return {
    rules: { userAgent: '*', allow: '/', disallow: ['/api/', '/admin', '/test-bank/'] },
    sitemap: `${storefront().env.publicUrl}/sitemap.xml`,
  };
}
