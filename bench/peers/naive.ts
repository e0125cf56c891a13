import type { Lab } from '../library/lab.ts';
import { OUTCOME, sell } from '../library/operations.ts';
import type { Peer } from './peer.ts';

/** As one would write it by hand on an afternoon: look, and if there is nothing, act and keep the answer, in one transaction. */
export async function openNaive({ admin, open }: Lab, connections: number): Promise<Peer> {
  await admin`create table naive_key (key text primary key, response jsonb not null, created_at timestamptz not null default now())`;
  const { bare } = open(connections);
  const find = async (key: string) => {
    const [known] = await bare`select response from naive_key where key = ${key}`;
    return known?.['response'];
  };
  return {
    guarantees: 'one commit; a duplicate in flight works, too, and then fails; no check of input, no calls',
    first: async (key) => {
      const known = await find(key);
      if (known !== undefined) return known;
      await bare.begin(async (tx) => {
        await sell(tx);
        await tx`insert into naive_key (key, response) values (${key}, ${tx.json(OUTCOME)})`;
      });
      return OUTCOME;
    },
    again: find,
    close: async () => {},
  };
}
