import type { Bench } from './bench.ts';
import { BenchError } from './errors.ts';
import { hotBench } from './hot/hot.ts';
import { idleBench } from './instances/idle.ts';
import { instancesBench } from './instances/instances.ts';
import { besideExpiry1mBench, besideExpiryBench } from './library/beside-expiry.ts';
import { churnBench } from './library/churn.ts';
import { dbosBench } from './library/dbos.ts';
import { expiryBench } from './library/expiry.ts';
import { growth10mBench, growthBench } from './library/growth.ts';
import { linkPgBench } from './library/link-pg.ts';
import { replayBench } from './library/replay.ts';
import { takeoverBench } from './library/takeover.ts';
import { linkBench, transactionBench, workflowBench } from './library/transaction.ts';
import { walBench } from './library/wal.ts';
import { walLargeBench } from './library/wal-large.ts';
import { memoryBench } from './memory/memory.ts';
import { pagesBench } from './pages/pages.ts';
import { peersBench } from './peers/peers.ts';
import { footprintBench } from './purchase/footprint.ts';
import { purchaseBench } from './purchase/purchase.ts';
import { emptyStoreBench, startBench } from './start/start.ts';

/** In the order of docs/performance.md. */
export const BENCHES: readonly Bench[] = [
  transactionBench,
  linkBench,
  linkPgBench,
  replayBench,
  workflowBench,
  walBench,
  walLargeBench,
  takeoverBench,
  expiryBench,
  besideExpiryBench,
  besideExpiry1mBench,
  growthBench,
  growth10mBench,
  churnBench,
  dbosBench,
  peersBench,
  purchaseBench,
  footprintBench,
  hotBench,
  instancesBench,
  idleBench,
  pagesBench,
  startBench,
  emptyStoreBench,
  memoryBench,
];

/** @throws {BenchError} `NAME_UNKNOWN`, with the names that there are. */
export function chosen(names: readonly string[]): readonly Bench[] {
  const unknown = names.filter((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown.length > 0) {
    const known = BENCHES.map(({ name }) => name).join(', ');
    throw new BenchError('NAME_UNKNOWN', `There is no bench named ${unknown.join(', ')}, only: ${known}`);
  }
  return names.length === 0
    ? BENCHES.filter(({ isSoak }) => !isSoak)
    : BENCHES.filter(({ name }) => names.includes(name));
}
