import { uuidv7 } from 'uuidv7';
import type { Bench, Scale } from '../bench.ts';
import { type Figure, ratioFigure } from '../figure.ts';
import { launch } from '../library/dbos.ts';
import { type Lab, type Pool, withLab } from '../library/lab.ts';
import { bareTransaction, transaction } from '../library/operations.ts';
import { alternate } from '../measure/alternate.ts';
import { openNaive } from './naive.ts';
import { openNodeIdempotency } from './node-idempotency.ts';
import type { Peer } from './peer.ts';
import { openPgBoss } from './pg-boss.ts';

const CLIENTS = 16;
const NAMES = ['once', 'a table by hand', 'node-idempotency', 'pg-boss, singleton key', 'DBOS'] as const;
type Name = (typeof NAMES)[number];

/** The same work under a key in other ways, each against the work alone; what each promises stands beside what it costs. */
export const peersBench: Bench = {
  name: 'peers',
  run: (scale) =>
    withLab(async (lab) => {
      const pool = lab.open(CLIENTS);
      const peers = new Map<Name, Peer>([
        ['once', openOnce(pool)],
        ['a table by hand', await openNaive(lab, CLIENTS)],
        ['node-idempotency', await openNodeIdempotency(lab, CLIENTS)],
        ['pg-boss, singleton key', await openPgBoss(lab, CLIENTS)],
        ['DBOS', await openDbos(lab)],
      ]);
      try {
        return await measure(lab, { pool, peers, scale });
      } finally {
        for (const peer of peers.values()) await peer.close();
      }
    }),
};

interface Comparing {
  readonly pool: Pool;
  readonly peers: ReadonlyMap<Name, Peer>;
  readonly scale: Scale;
}

async function measure(lab: Lab, { pool, peers, scale }: Comparing): Promise<Figure[]> {
  const crowds = new Map<string, string>();
  for (const [name, peer] of peers) crowds.set(name, await crowd(lab, peer));
  const key = uuidv7();
  for (const peer of peers.values()) await peer.first(key);
  const compare = async (what: string, baseline: () => Promise<unknown>, act: (peer: Peer) => Promise<unknown>) => {
    const variants = [...peers].map(([name, peer]) => [name, () => act(peer)] as const);
    const { none, ...measured } = await alternate(
      { none: baseline, ...(Object.fromEntries(variants) as Record<Name, () => Promise<unknown>>) },
      { ...scale, clients: CLIENTS, cpu: lab.cpu },
    );
    return NAMES.map((name) => ({ name, figure: ratioFigure(measured[name], none, { name: `${what}: ${name}` }) }));
  };
  const firsts = await compare(
    'first run against the work alone, 16 clients',
    () => bareTransaction(pool),
    (peer) => peer.first(uuidv7()),
  );
  const known = await compare(
    'known key against a SELECT by primary key, 16 clients',
    () => pool.bare`select total_minor from sale where id = ${key}`,
    (peer) => peer.again(key),
  );
  return [
    ...firsts.map(({ name, figure }) => ({
      ...figure,
      behind: `${peers.get(name)?.guarantees}; ${crowds.get(name)}; ${figure.behind}`,
    })),
    ...known.map(({ figure }) => figure),
  ];
}

/** Duplicates at once, and what became of them. */
async function crowd({ admin }: Lab, peer: Peer): Promise<string> {
  const sales = async () => (await admin<{ n: number }[]>`select count(*)::int as n from sale`)[0]?.n ?? Number.NaN;
  const [before, key] = [await sales(), uuidv7()];
  const answers = await Promise.allSettled(Array.from({ length: CLIENTS }, () => peer.first(key)));
  const failed = answers.filter(({ status }) => status === 'rejected').length;
  return `of ${CLIENTS} at once ${(await sales()) - before} acted and ${failed} failed`;
}

const openOnce = (pool: Pool): Peer => ({
  guarantees: 'one commit; one answer for every retry; another input is refused; calls, taken over after a crash',
  first: (key) => transaction(pool, key),
  again: (key) => transaction(pool, key, { replayHint: true }),
  close: async () => {},
});

async function openDbos(lab: Lab): Promise<Peer> {
  const dbos = await launch(lab);
  return {
    guarantees: 'every step kept and gone on with after a crash; another input is not noticed',
    first: dbos.transaction,
    again: dbos.transaction,
    close: dbos.close,
  };
}
