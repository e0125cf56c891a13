import { schema } from '@once/db';
import { desc } from 'drizzle-orm';
import { drawShopCard } from '#server/card.tsx';
import { cached } from '#server/drawn.ts';
import { storefront } from '#server/storefront.ts';

const HOUR_SECONDS = 3_600;

/** The shop's card, for links to any page that has none of its own: the newest prints. */
export async function GET(): Promise<Response> {
  const { slug, title, studio, style, palette, stock, format, copies, publishedAt } = schema.edition;
  const newest = await storefront()
    .shop.db.select({ slug, title, studio, style, palette, stock, format, copies })
    .from(schema.edition)
    .orderBy(desc(publishedAt), desc(slug))
    .limit(4);
  const card = await cached(newest.map((print) => print.slug).join(' '), () => drawShopCard(newest));
  return new Response(card, {
    headers: { 'content-type': 'image/png', 'cache-control': `public, max-age=${HOUR_SECONDS}` },
  });
}
