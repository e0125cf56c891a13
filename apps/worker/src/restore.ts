import { setTimeout as sleep } from 'node:timers/promises';
import { compareRestored, fullJitter, isCompared, type Restore, type Shop } from '@once/checkout';
import type { Logger } from 'pino';

const BACKOFF = { baseMs: 1_000, maxMs: 60_000 };

/**
 * After a restore nothing else is done, and web sells nothing, until the provider was asked for all that was bought since.
 * Resolves when the shop is open, whichever worker has opened it, or when this process is to end.
 */
export async function openAfterRestore(
  shop: Shop,
  restore: Restore,
  { log, signal }: { readonly log: Logger; readonly signal: AbortSignal },
): Promise<void> {
  const at = { restored_to: restore.restoredTo.toISOString() };
  for (let failures = 0; !signal.aborted; failures += 1) {
    try {
      if (await isCompared(shop.db, restore)) return;
      log.warn(at, 'closed: comparing with the provider after a restore');
      log.warn({ ...at, ...(await compareRestored(shop, restore, { signal })) }, 'compared; the shop is open');
    } catch (error) {
      if (signal.aborted) return;
      log.error({ ...at, err: error }, 'still closed: the comparison is tried again');
      await sleep(fullJitter(failures + 1, BACKOFF), undefined, { signal }).catch(() => {});
    }
  }
}
