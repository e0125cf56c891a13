// Two database servers, two processes of a shop in front of them, and shoppers; then the primary is lost.
import { setTimeout as pause } from 'node:timers/promises';
import { askOpen, compareLedger, createShop, endHolds, type Shop } from '@once/checkout';
import { connect } from '@once/db';
import { createWorker } from '@once/idempotency/worker';
import type { Node, Nodes } from '@once/local-postgres/replication';
import { Choices } from '../soak/choices.ts';
import { Bank, type Order, openGallery } from './gallery.ts';
import { Router } from './router.ts';
import { buys, type Told } from './shoppers.ts';

/**
 * `async`: the standby lags behind, and what it has not got is lost. `sync`: COMMIT waits for it. `cancelled`: so it does,
 * and somebody cancels those waits. `split`: the old primary lives on for a while, and serves half of the shop.
 */
export const KINDS = ['async', 'sync', 'cancelled', 'split', 'split-sync'] as const;
export type Kind = (typeof KINDS)[number];

export interface Scene {
  readonly kind: Kind;
  readonly orders: readonly Order[];
  readonly bank: Bank;
  /** All final answers, in the order in which they were heard. */
  readonly told: readonly Told[];
  /** How many of them the old primary gave. */
  readonly toldBefore: number;
  /** Of those, what the new one knew at the moment when it became one. */
  readonly lost: readonly Told[];
  /** COMMITs whose wait for the standby was cancelled. */
  readonly cancelled: number;
  readonly promoteMs: number;
  /** The new primary, at rest. */
  readonly node: Node;
}

const SHOPPERS = 16;
const LEASE_MS = 1_000;
const HEAL_MS = 20_000;
/** The longest that a primary works on while its standby hears nothing, and that one hangs which waits for it. */
const LAGS_MS = 3_000;
const HANGS_MS = 100;

/** @param look what is read from the new primary before the servers are stopped */
export async function play<T>(
  nodes: Nodes,
  { kind, seed, round }: { readonly kind: Kind; readonly seed: string; readonly round: number },
  look: (scene: Scene) => Promise<T>,
): Promise<T> {
  const choices = new Choices(seed, kind, round);
  const [old, next] = await Promise.all([nodes.make(`old-${kind}-${round}`), nodes.make(`next-${kind}-${round}`)]);
  next.follow(old);
  if (isSync(kind)) await old.waitsFor('*');
  await Promise.all([old.start(), next.start()]);
  const routers = [await Router.to(old), await Router.to(old)] as const;
  const bank = new Bank(choices);
  const shops = routers.map((router) => openShop(router.urlOf(old), bank));
  const told: Told[] = [];
  const closing = new AbortController();
  try {
    const orders = await openGallery(old, bank, choices, SHOPPERS);
    await old.isFollowedBy(next, isSync(kind) ? 'sync' : 'async');
    const ways = shops.map(({ shop }) => shop);
    const buying = orders.map((order) => buys(order, { ways, choices, told, signal: closing.signal }));
    const lost = await losePrimary({ kind, old, next, routers, choices, told });
    await comeToRest({ shop: shops[0]?.shop as Shop, node: next, bank, buying, closing });
    return await look({ kind, orders, bank, told, node: next, ...lost });
  } finally {
    closing.abort();
    await Promise.all(shops.map(({ close }) => close()));
    for (const router of routers) router.close();
    await Promise.all([old.remove(), next.remove()]);
  }
}

const isSync = (kind: Kind): boolean => kind === 'sync' || kind === 'cancelled' || kind === 'split-sync';

function openShop(url: string, bank: Bank) {
  const connection = connect(url, { max: 8 });
  const shop = createShop({
    ...{
      db: connection.db,
      payments: bank.payments(),
      publicUrl: 'http://localhost:3000',
      leaseMs: LEASE_MS,
      waitMs: 200,
    },
  });
  return { shop, close: () => connection.close() };
}

interface Losing {
  readonly kind: Kind;
  readonly old: Node;
  readonly next: Node;
  readonly routers: readonly [Router, Router];
  readonly choices: Choices;
  readonly told: readonly Told[];
}

async function losePrimary({ kind, old, next, routers, choices, told }: Losing) {
  await heardBy(told, choices.between(0, SHOPPERS / 2));
  // What the primary still sends never arrives; a synchronous one goes on with nothing meanwhile.
  await old.cutOff();
  await heardBy(told, told.length + choices.between(0, SHOPPERS / 4), isSync(kind) ? HANGS_MS : LAGS_MS);
  const isSplit = kind === 'split' || kind === 'split-sync';
  const cancelled = kind === 'cancelled' ? await cancelWaits(old, told, choices) : 0;
  const [one, other] = routers;
  one.lead(undefined);
  if (!isSplit) {
    other.lead(undefined);
    await old.kill();
  }
  const began = performance.now();
  await next.promote();
  const promoteMs = performance.now() - began;
  const soFar = [...told];
  const lost = await notIn(next, soFar);
  one.lead(next);
  if (isSplit) {
    await pause(choices.between(20, 200));
    other.lead(undefined);
    await old.kill();
  }
  other.lead(next);
  return { cancelled, promoteMs, lost, toldBefore: soFar.length };
}

/** Not by the clock, which says nothing of how far anybody has come on a busy machine. */
async function heardBy(told: readonly Told[], count: number, mostMs = HEAL_MS): Promise<void> {
  for (const end = performance.now() + mostMs; told.length < count && performance.now() < end; ) await pause(2);
}

/** Everybody who waits for the standby, until somebody takes one of those COMMITs for an answer, or long enough. */
async function cancelWaits(node: Node, told: readonly Told[], choices: Choices): Promise<number> {
  let cancelled = 0;
  const enough = told.length + choices.between(1, 3);
  for (const end = performance.now() + LAGS_MS; told.length < enough && performance.now() < end; ) {
    const rows = await node.ask(
      `select pg_cancel_backend(pid) as done from pg_stat_activity where wait_event = 'SyncRep'`,
    );
    cancelled += rows.length;
    await pause(5);
  }
  return cancelled;
}

/** Final answers of which a database knows nothing. */
async function notIn(node: Node, told: readonly Told[]): Promise<Told[]> {
  const known = await node.ask(
    `select key, case when outcome like '%"paid"%' then 'paid' else 'no' end as answer
     from idempotency.record where state in (2, 3)`,
  );
  const answers = new Map(known.map(({ key, answer }) => [key, answer]));
  return told.filter(({ key, answer }) => answers.get(key) !== (answer === 'paid' ? 'paid' : 'no'));
}

interface Resting {
  readonly shop: Shop;
  readonly node: Node;
  readonly bank: Bank;
  readonly buying: readonly Promise<void>[];
  readonly closing: AbortController;
}

/** What time, workers and the daily comparison do. Who has no answer yet gets one; who has left does not come again. */
async function comeToRest({ shop, node, bank, buying, closing }: Resting): Promise<void> {
  const { pay, cancel, endHold } = shop.workflows;
  const worker = createWorker(shop.once, [pay, cancel, endHold]);
  const { signal } = closing;
  let isServed = false;
  const served = Promise.all(buying).then(() => {
    isServed = true;
  });
  const turn = async () => {
    bank.settles();
    await node.ask(
      `update idempotency.record set due_at = statement_timestamp() where state in (0, 1)
         and advanced_at < statement_timestamp() - interval '300 milliseconds'`,
      `update payment set ask_at = statement_timestamp() where ask_at > statement_timestamp()`,
    );
    await worker.runOnce();
    await askOpen(shop, { signal });
  };
  for (const end = Date.now() + HEAL_MS; !isServed && Date.now() < end; await pause(50)) await turn().catch(() => {});
  closing.abort();
  await served;
  await compareLedger(
    shop,
    { from: new Date(0), to: new Date(Date.now() + 86_400_000) },
    { signal: new AbortController().signal },
  );
  await node.ask(`update checkout set hold_until = statement_timestamp() where state = 'open'`);
  for (let left = 4; left > 0; left--) {
    await endHolds(shop);
    await node.ask(`update idempotency.record set due_at = statement_timestamp() where state in (0, 1)`);
    await worker.runOnce();
  }
}
