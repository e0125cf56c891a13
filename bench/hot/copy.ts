import type { Scale } from '../bench.ts';
import { BenchError } from '../errors.ts';
import { type Figure, figureOf, rounded } from '../figure.ts';
import { quartiles } from '../measure/statistics.ts';
import type { BenchShop } from '../purchase/shop.ts';
import { Guest, payFor } from '../purchase/shopper.ts';
import type { Sheet } from '../purchase/stock.ts';

const MOST_ROUNDS = 5; // they are long

/** The last copy: so many guests reach for it at once, one gets it, and buys it. */
export async function hotCopy({ stack, stock }: BenchShop, { rounds, rivals }: Scale): Promise<Figure[]> {
  const one: number[] = [];
  const each: number[] = [];
  const reach = async (sheets: readonly Sheet[], winners: number) => await reachAll(stack.webUrl, sheets, winners);
  await reach([await stock.take()], 1); // the first request of all waits for more than the others
  for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
    const last = await stock.take();
    const others = await Promise.all(Array.from({ length: rivals }, () => stock.take()));
    const turns = [
      async () =>
        one.push(
          await reach(
            Array.from({ length: rivals }, () => last),
            1,
          ),
        ),
      async () => each.push(await reach(others, rivals)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  }
  const ratios = one.map((ms, round) => ms / (each[round] ?? Number.NaN));
  const behind = `${rounded(quartiles(one).median)} ms against ${rounded(quartiles(each).median)} ms until all had their answer; one got it, and paid`;
  const name = `one copy left and ${rivals} buyers at once, against a copy for each`;
  return [figureOf(ratios, { name, unit: '×', target: { atMost: 1 }, behind })];
}

/** @returns milliseconds until everybody had been told yes or no */
async function reachAll(webUrl: string, sheets: readonly Sheet[], winners: number): Promise<number> {
  const begun = performance.now();
  const answers = await Promise.all(
    sheets.map(async (sheet) => {
      const guest = new Guest(webUrl);
      const { ok, status } = await guest.ask('cart.add', { slug: sheet.slug, number: sheet.number });
      return { guest, sheet, ok, status };
    }),
  );
  const ms = performance.now() - begun;
  const won = answers.filter(({ ok }) => ok);
  const refused = answers.filter(({ status }) => status === 409).length;
  if (won.length !== winners || won.length + refused !== sheets.length) {
    throw new BenchError('WRONG_RESULT', `${won.length} got one and ${refused} were told that it is taken`);
  }
  const [winner] = won;
  if (winner) await payFor(winner.guest, winner.sheet);
  return ms;
}
