import { schema } from '@once/db';
import { desc } from 'drizzle-orm';
import type { MetadataRoute } from 'next';
import { storefront } from '#server/storefront.ts';

export const dynamic = 'force-dynamic';

/** As many as a sitemap may have. */
const MOST = 50_000;

export default async function sitemap(): Promise<MetadataRoute.Sitemap> {
  const { env, shop } = storefront();
  const { slug, publishedAt } = schema.edition;
  const prints = await shop.db
    .select({ slug })
    .from(schema.edition)
    .orderBy(desc(publishedAt), desc(slug))
    .limit(MOST - 1);
  return [{ url: `${env.publicUrl}/` }, ...prints.map((print) => ({ url: `${env.publicUrl}/prints/${print.slug}` }))];
}
