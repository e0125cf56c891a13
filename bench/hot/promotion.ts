import { randomUUID } from 'node:crypto';
import type { Scale } from '../bench.ts';
import { type Figure, ratioFigure } from '../figure.ts';
import { alternate } from '../measure/alternate.ts';
import type { BenchShop } from '../purchase/shop.ts';
import { buy } from '../purchase/shopper.ts';

const SHOPPERS = 8;

/** One code that everybody uses: each payment counts down the same row. Against a code for each. */
export async function hotPromotion({ stack, stock }: BenchShop, scale: Scale): Promise<Figure[]> {
  const same = await stock.promotion('EVERYBODY');
  const another = () => stock.promotion(randomUUID().slice(0, 8).toUpperCase());
  const measured = await alternate(
    {
      one: async () => await buy(stack.webUrl, await stock.take(), { promotion: same }),
      each: async () => await buy(stack.webUrl, await stock.take(), { promotion: await another() }),
    },
    { rounds: scale.rounds, warmUpMs: scale.warmUpMs, sliceMs: scale.purchaseSliceMs, clients: SHOPPERS },
  );
  const name = `purchases with one promotion code for all, against a code for each, ${SHOPPERS} shoppers`;
  return [ratioFigure(measured.one, measured.each, { name, target: { atLeast: 0.9 } })];
}
