import { PgBoss } from 'pg-boss';
import type { Lab } from '../library/lab.ts';
import { OUTCOME, sell } from '../library/operations.ts';
import type { Peer } from './peer.ts';

const QUEUE = 'order';

/** A job under a singleton key, sent in the transaction of the work: the second one is not sent, and so rolls back. */
export async function openPgBoss({ url, open }: Lab, connections: number): Promise<Peer> {
  const boss = new PgBoss({ connectionString: url, max: 2, supervise: false, schedule: false });
  boss.on('error', () => {}); // of its timers; what we ask it for fails by itself
  await boss.start();
  await boss.createQueue(QUEUE, { policy: 'exclusive' });
  const { bare } = open(connections);
  const send = async (singletonKey: string) => {
    try {
      return await bare.begin(async (tx) => {
        await sell(tx);
        const executeSql = async (text: string, values: unknown[] = []) => ({
          rows: await tx.unsafe(text, values as never[]),
        });
        const id = await boss.send(QUEUE, OUTCOME, { singletonKey, db: { executeSql } });
        if (id === null) throw new KnownKey();
        return id;
      });
    } catch (error) {
      if (!(error instanceof KnownKey)) throw error;
      return null; // and no answer to give
    }
  };
  return {
    guarantees: 'one commit; the key counts until the job is done; no answer is kept; no check of input',
    first: send,
    again: send,
    close: async () => await boss.stop({ graceful: false }),
  };
}

class KnownKey extends Error {}
