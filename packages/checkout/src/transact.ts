import { setTimeout as sleep } from 'node:timers/promises';
import { type Db, isOutage, type Tx } from '@once/db';

const TURNS = 4;

/**
 * Runs a transaction that has no idempotency record, until its end is known. A COMMIT whose answer was lost may have been
 * kept, and telling the shopper "nothing was changed" could be a lie; so `body` runs again. Where its own work is done
 * already it must come to the same end, and on an undecided COMMIT it waits, by the rows that both write.
 *
 * @throws what `body` throws; after four turns the outage itself (`isOutage`)
 */
export async function transact<T>(db: Db, body: (tx: Tx) => Promise<T>): Promise<T> {
  for (let turn = 1; ; turn++) {
    try {
      return await db.transaction(body);
    } catch (error) {
      if (turn === TURNS || !isOutage(error)) throw error;
      await sleep(Math.random() * 50 * 2 ** turn);
    }
  }
}
