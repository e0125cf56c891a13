import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
// @boundaries-ignore the way the shop is started belongs to no package
import { freePorts } from '../../scripts/free-ports.ts';
// @boundaries-ignore as above
import { type Stack, startStack } from '../../scripts/stack.ts';
import { Bank } from './bank.ts';
import { ClientLog } from './client-log.ts';
import { collectTakings } from './collect-logs.ts';
import { collectProvider } from './collect-provider.ts';
import { collectShop } from './collect-shop.ts';
import { Control } from './control.ts';
import { drain } from './drain.ts';
import type { Evidence } from './evidence.ts';
import { Gallery } from './gallery.ts';
import { Guest } from './guest.ts';
import { Killer } from './killer.ts';
import { Operator } from './operator.ts';
import { type Plan, planOf } from './plan.ts';
import type { Profile } from './profile.ts';
import { PROMOTION_CODE, visit } from './shopper.ts';
import { Staff } from './staff.ts';
import { Weather } from './weather.ts';
import { Worker } from './workers.ts';

/** The shop's at the provider, as in its secret key. */
const ACCOUNT = 'local';
const LEASE_MS = 3_000;
const PROMOTION = { code: PROMOTION_CODE, percentOff: 10 };
/** Of every so many purchases one may use it, so that it runs out under many hands. */
const PURCHASES_PER_USE = 12;

export interface Run {
  readonly evidence: Evidence;
  readonly visits: number;
  readonly purchases: number;
  /** Shopping, without the start and the time that everything was given to end. */
  readonly seconds: number;
  readonly drainSeconds: number;
  readonly kills: Killer['kills'];
  readonly deaths: number;
  readonly ended: readonly string[];
  readonly armed: ReadonlyMap<string, number>;
  readonly settled: number;
  readonly disputed: number;
  /** Operations that a person had to look at. */
  readonly resolved: number;
}

/**
 * Shoppers buy from a real shop while its provider errs, its webhooks go astray and its processes die. When they have left,
 * everything comes back, time passes until nothing is under way, and what each witness says is collected.
 */
export async function soak(profile: Profile): Promise<Run> {
  const dataDir = await mkdtemp(join(tmpdir(), 'once-soak-'));
  const [web, provider, control, ...others] = (await freePorts(3 + profile.workers)) as [number, number, number];
  const [port = 0, ...more] = others as number[];
  const ports = { web, provider, control, worker: port };
  const publicUrl = `http://127.0.0.1:${web}`;
  const stack = await startStack({ dataDir, ports, publicUrl, env: ENV });
  const workers = more.map((worker) => new Worker({ stack, ports: { ...ports, worker }, env: ENV }));
  const sql = postgres(stack.databaseUrl, { max: 4, onnotice: () => {} });
  try {
    await Promise.all(workers.map((worker) => worker.starts()));
    return await shopUntilDone(profile, { stack, workers, sql });
  } finally {
    await sql.end({ timeout: 5 });
    await Promise.all(workers.map((worker) => worker.stop()));
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const RECORD_KEYS = `soak:${'00'.repeat(32)}`;

const ENV = {
  RECORD_KEYS,
  ...{ LEASE_MS: String(LEASE_MS), PROVIDER_LATENCY_MS: '2', LOCAL_SLOW_MS: '1500', PROVIDER_REFUND_MS: '1000' },
  PROVIDER_WEBHOOK_RETRIES_MS: '200,500,1000,2000,4000,8000,16000,32000',
  PROVIDER_WEBHOOK_TIMEOUT_MS: '3000',
};

interface Open {
  readonly stack: Stack;
  readonly workers: readonly Worker[];
  /** As the tables' owner. */
  readonly sql: postgres.Sql;
}

async function shopUntilDone(profile: Profile, { stack, workers, sql }: Open): Promise<Run> {
  const { dataDir, providerUrl = '', controlUrl = '', webUrl, databaseUrl } = stack;
  const { seed, orders } = profile;
  const file = join(dataDir, 'provider.sqlite');
  const log = new ClientLog(join(dataDir, 'heard.jsonl'));
  const control = new Control(controlUrl);
  const secretKey = `sk_test_${ACCOUNT}`;
  const env = {
    ...process.env,
    ...{ DATABASE_URL: databaseUrl, STRIPE_API_BASE: providerUrl, STRIPE_SECRET_KEY: secretKey },
    ...{ PUBLIC_URL: webUrl, LEASE_MS: String(LEASE_MS), RECORD_KEYS },
  };
  const uses = Math.max(3, Math.ceil(Math.min(orders, 5_000) / PURCHASES_PER_USE));
  const since = await begin(sql, uses);
  const staff = new Staff({ env, log, seed });
  const bank = new Bank({ control, file, seed });
  const killer = new Killer({ stack, workers, staff, profile });
  const weather = new Weather(control, ACCOUNT);
  const gallery = new Gallery(sql);
  const operator = new Operator({
    databaseUrl,
    apiBase: providerUrl,
    secretKey,
    publicUrl: webUrl,
    recordKeys: RECORD_KEYS,
  });
  await changeWebhookSecret(control, { providerUrl, secretKey });
  try {
    bank.opens();
    killer.starts();
    const begun = performance.now();
    const place = { gallery, weather, control, strangers: [] };
    const { visits, purchases } = await opens(profile, async (plan) => {
      const bought = await visit(new Guest(plan.shopper, webUrl, log), plan, place);
      if (!bought) return false;
      if (plan.later === 'dispute') await bank.disputes(bought.checkoutId);
      else await staff.handles(bought, plan);
      return true;
    });
    const seconds = (performance.now() - begun) / 1000;
    await killer.stops();
    await weather.clears();
    const underWay = await drain(sql, since, () => operator.attends());
    const drainSeconds = (performance.now() - begun) / 1000 - seconds;
    const evidence: Evidence = {
      ...{ underWay, heard: log.heard, hung: gallery.hung, promotion: { ...PROMOTION, uses } },
      shop: await collectShop(sql, since),
      provider: collectProvider(file, ACCOUNT),
      takings: await collectTakings(dataDir),
    };
    return {
      ...{ evidence, visits, purchases, seconds, drainSeconds, armed: weather.armed },
      ...{ kills: killer.kills, deaths: killer.deaths, ended: killer.ended },
      ...{ settled: bank.settled, disputed: bank.disputed, resolved: operator.resolved },
    };
  } finally {
    await bank.closes();
    await staff.close();
    await operator.close();
    await killer.close();
  }
}

/**
 * Both sign for a day. When the provider starts the next time it changes back to the one that the shop knows, and the one
 * before it is then a secret that the shop has never heard of.
 */
async function changeWebhookSecret(control: Control, at: { providerUrl: string; secretKey: string }): Promise<void> {
  const headers = { authorization: `Bearer ${at.secretKey}` };
  const answer = await fetch(`${at.providerUrl}/v1/webhook_endpoints`, { headers });
  const { data } = (await answer.json()) as { readonly data: readonly { readonly id: string }[] };
  for (const { id } of data) await control.tryTo(`/webhook_endpoints/${id}/roll`, {});
}

/** @returns the time of the database, before anything */
async function begin(sql: postgres.Sql, uses: number): Promise<string> {
  const [row] = await sql<{ now: string }[]>`select statement_timestamp()::text as now`;
  await sql`
    insert into promotion (code, percent_off, uses_left) values (${PROMOTION.code}, ${PROMOTION.percentOff}, ${uses})`;
  return row?.now ?? '';
}

/** So many shoppers at a time, one after the other, until enough of them have bought something or the time is over. */
async function opens(
  { seed, faulty, orders, minutes, shoppers }: Profile,
  serve: (plan: Plan) => Promise<boolean>,
): Promise<{ visits: number; purchases: number }> {
  const closesAt = performance.now() + minutes * 60_000;
  let [visits, purchases] = [0, 0];
  const isOpen = () => purchases < orders && performance.now() < closesAt;
  const says = setInterval(() => console.error(`   ${visits} visits, ${purchases} purchases`), 30_000).unref();
  await Promise.all(
    Array.from({ length: shoppers }, async (_, place) => {
      await pause(place * 20);
      while (isOpen()) {
        if (await serve(planOf(seed, visits++, faulty))) purchases += 1;
      }
    }),
  );
  clearInterval(says);
  return { visits, purchases };
}
