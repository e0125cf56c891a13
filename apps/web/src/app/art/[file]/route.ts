import { schema } from '@once/db';
import { renderArtwork } from '@once/db/art';
import { eq } from 'drizzle-orm';
import { DRAWN } from '#frame/print-picture.tsx';
import { drawPrintCard } from '#server/card.tsx';
import { cached } from '#server/drawn.ts';
import { storefront } from '#server/storefront.ts';

const YEAR_SECONDS = 31_536_000;
const HOUR_SECONDS = 3_600;

const FILE = /^(?<slug>[a-z0-9-]{1,80})\.(?<kind>svg|png)$/;

/**
 * A print as it is drawn: `/art/<slug>.svg`, with `copy=18` that copy of it; `/art/<slug>.png`, the card for links to it.
 * With the `v` that pages ask for it is the same for ever, so kept for ever.
 */
export async function GET(request: Request, { params }: RouteContext<'/art/[file]'>): Promise<Response> {
  const { slug, kind } = FILE.exec((await params).file)?.groups ?? {};
  const search = new URL(request.url).searchParams;
  const print = slug && (await editionOf(slug));
  if (!print) return notFound();
  const headers = cachedFor(search.get('v'));
  if (kind === 'png') {
    const card = await cached(slug, () => drawPrintCard(print));
    return new Response(card, { headers: { ...headers, 'content-type': 'image/png' } });
  }
  const asked = search.get('copy');
  const copy = asked === null ? undefined : Number(asked);
  if (copy !== undefined && !(Number.isInteger(copy) && copy >= 1 && copy <= print.copies)) return notFound();
  const { style, palette, stock, format } = print;
  return new Response(renderArtwork(slug, style, { palette, stock, format, ...(copy !== undefined && { copy }) }), {
    headers: { ...headers, 'content-type': 'image/svg+xml' },
  });
}

async function editionOf(slug: string) {
  const { title, studio, style, palette, stock, format, copies } = schema.edition;
  const [print] = await storefront()
    .shop.db.select({ slug: schema.edition.slug, title, studio, style, palette, stock, format, copies })
    .from(schema.edition)
    .where(eq(schema.edition.slug, slug));
  return print;
}

/** A version that is not ours may be that of another release, which draws differently. */
const cachedFor = (version: string | null) => ({
  'cache-control': version === DRAWN ? `public, max-age=${YEAR_SECONDS}, immutable` : `public, max-age=${HOUR_SECONDS}`,
});

const notFound = () => new Response('no such print\n', { status: 404 });
