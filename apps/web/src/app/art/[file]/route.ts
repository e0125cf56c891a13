import { schema } from '@once/db';
import { renderArtwork } from '@once/db/art';
import { eq } from 'drizzle-orm';
import { storefront } from '#server/storefront.ts';

const YEAR_SECONDS = 31_536_000;

/** A print as it is drawn: `/art/<slug>.svg`, with `?copy=18` that copy of it. The same for ever, so cached for ever. */
export async function GET(request: Request, { params }: RouteContext<'/art/[file]'>): Promise<Response> {
  const { file } = await params;
  const { edition } = schema;
  const [print] = await storefront()
    .shop.db.select()
    .from(edition)
    .where(eq(edition.slug, file.replace(/\.svg$/, '')));
  const asked = new URL(request.url).searchParams.get('copy');
  const copy = asked === null ? undefined : Number(asked);
  if (!print || (copy !== undefined && !(Number.isInteger(copy) && copy >= 1 && copy <= print.copies))) {
    return new Response('no such print\n', { status: 404 });
  }
  const { slug, style, palette, stock, format } = print;
  return new Response(renderArtwork(slug, style, { palette, stock, format, ...(copy !== undefined && { copy }) }), {
    headers: { 'content-type': 'image/svg+xml', 'cache-control': `public, max-age=${YEAR_SECONDS}, immutable` },
  });
}
