import { setTimeout as sleep } from 'node:timers/promises';
import { createTeller, TELL_MS } from '@once/checkout/history';
import type { Storefront } from './storefront.ts';

/** Writes down what this process has counted, for the charts of the back office, until it is asked to end. */
export async function keepHistory({ shop, metrics, log }: Storefront, ending: AbortSignal): Promise<void> {
  const tell = createTeller({ db: shop.db, registry: metrics, app: 'web' });
  let isSilent = false;
  const told = async () => {
    try {
      await tell();
      isSilent = false;
    } catch (error) {
      // Once: a database that is away says so elsewhere, too.
      if (!isSilent) log.warn({ err: error }, 'figures were not written down');
      isSilent = true;
    }
  };
  while (!ending.aborted) {
    await told();
    await sleep(TELL_MS, undefined, { signal: ending, ref: false }).catch(() => {}); // aborted: the loop sees it
  }
  await told();
}
