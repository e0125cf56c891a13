import { setTimeout as pause } from 'node:timers/promises';
import { payCheckout, type Shop, type Status } from '@once/checkout';
import type { Choices } from '../soak/choices.ts';
import type { Order } from './gallery.ts';

/** A final answer that has reached somebody. */
export interface Told {
  readonly orderId: string;
  readonly key: string;
  readonly answer: Status['answer'];
}

const AGAIN_MS = 15;
const MOST_START_MS = 250;
const FINAL: ReadonlySet<string> = new Set(['paid', 'declined', 'changed', 'cancelled']);

/**
 * Presses Pay, and the same again until there is an answer; after a refusal with the next card.
 *
 * @param ways processes of the shop: a press that failed is tried by the next one
 */
export async function buys(
  order: Order,
  {
    ways,
    choices,
    told,
    signal,
  }: {
    readonly ways: readonly Shop[];
    readonly choices: Choices;
    readonly told: Told[];
    readonly signal: AbortSignal;
  },
): Promise<void> {
  await pause(choices.between(0, MOST_START_MS));
  let way = choices.between(0, ways.length - 1);
  for (let at = 0; !signal.aborted; ) {
    const press = order.presses[at];
    const shop = ways[way % ways.length];
    if (!press || !shop) return;
    const status = await payCheckout(shop, press).catch(() => undefined);
    if (status === undefined) way += 1;
    else if (FINAL.has(status.answer)) {
      told.push({ orderId: order.id, key: press.idempotencyKey, answer: status.answer });
      if (status.answer !== 'declined') return;
      at += 1;
      continue;
    }
    // A database that knows less than the page: what is kept for the number that it asks for is sent again.
    if (status?.answer === 'open' && status.refusals < at) at = status.refusals;
    await pause(AGAIN_MS);
  }
}
