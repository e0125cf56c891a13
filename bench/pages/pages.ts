import type { Bench } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { ratioFigure } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import { cpuClock } from '../measure/cpu.ts';
import { withShop } from '../purchase/shop.ts';

const READERS = 8;

/** The shop's frame with one sentence in it: what any page costs, whatever it shows. */
const EMPTY = '/no-such-page';

/** Pages that are only looked at, against an empty one. */
export const pagesBench: Bench = {
  name: 'pages',
  run: (scale) =>
    withShop('pages', async ({ stack }) => {
      const read =
        (path: string, status = 200) =>
        async () =>
          await readPage(`${stack.webUrl}${path}`, status);
      const { empty, ...pages } = await alternate(
        {
          empty: read(EMPTY, 404),
          catalogue: read('/'),
          search: read('/?q=lee+shoer'),
          print: read('/prints/lee-shore'),
          picture: read('/art/lee-shore.svg?v=1'),
        },
        {
          clients: READERS,
          rounds: scale.rounds,
          sliceMs: scale.purchaseSliceMs,
          warmUpMs: scale.warmUpMs,
          cpu: cpuClock({ web: stack.processes.get('web')?.pid }),
        },
      );
      return [
        ratioFigure(pages.catalogue, empty, { name: `catalogue against an empty page, ${READERS} readers` }),
        ratioFigure(pages.search, empty, { name: 'a search with a typing error against an empty page' }),
        ratioFigure(pages.print, empty, { name: 'print against an empty page' }),
        ratioFigure(pages.picture, empty, { name: 'picture of a print against an empty page' }),
      ];
    }),
};

async function readPage(url: string, status: number): Promise<void> {
  const answer = await fetch(url);
  await answer.arrayBuffer();
  if (answer.status !== status) throw new BenchError('WRONG_RESULT', `${url} answered ${answer.status}`);
}
