import { renderArtwork } from '@once/db/art';
import { PRINTS } from '@once/db/prints';

const YEAR_SECONDS = 31_536_000;

/** A print as it is drawn: `/art/<slug>.svg`, with `?copy=18` that copy of it. The same for ever, so cached for ever. */
export async function GET(request: Request, { params }: RouteContext<'/art/[file]'>): Promise<Response> {
  const { file } = await params;
  const print = PRINTS.find(({ slug }) => `${slug}.svg` === file);
  const asked = new URL(request.url).searchParams.get('copy');
  const copy = asked === null ? undefined : Number(asked);
  if (!print || (copy !== undefined && !(Number.isInteger(copy) && copy >= 1 && copy <= print.edition))) {
    return new Response('no such print\n', { status: 404 });
  }
  const { slug, style, palette, stock, format } = print;
  return new Response(renderArtwork(slug, style, { palette, stock, format, ...(copy !== undefined && { copy }) }), {
    headers: { 'content-type': 'image/svg+xml', 'cache-control': `public, max-age=${YEAR_SECONDS}, immutable` },
  });
}
