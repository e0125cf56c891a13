// The history on real Postgres. Nobody waits for a minute to pass: rows are aged, and stretches decided by given times.
import { type Connection, connect, schema } from '@once/db';
import { testDatabase } from '@once/local-postgres/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { createTeller, type History, pruneHistory, readHistory } from '../src/history/history.ts';
import { spreadOf } from '../src/history/quantile.ts';
import { countsOf, nextStretch } from '../src/history/stretch.ts';
import { operationMetrics } from '../src/metrics.ts';

const database = await testDatabase('shop');
const connection: Connection = connect(database.url, { max: 4 });
const { db } = connection;
afterAll(async () => {
  await connection.close();
  await database.drop();
});
beforeEach(async () => {
  await db.delete(schema.figure);
});

type Event = Parameters<ReturnType<typeof operationMetrics>['observe']>[0];

/** One that counts what it is made to do, and tells. */
function startProcess(app: 'web' | 'worker') {
  const { registry, observe, span } = operationMetrics();
  const of = { operation: 'checkout.pay', scope: '', recordId: '' };
  return {
    tell: createTeller({ db, registry, app }),
    pays: (status: string, replayed: boolean) => span(of, async () => ({ status, replayed })),
    observes: (name: Event['name'], more: Partial<Event> = {}) => observe({ ...of, name, ...more }),
  };
}

const ages = async (by: string) => {
  await db.execute(sql`update figure set slot_at = slot_at - ${by}::text::interval,
    began_at = began_at - ${by}::text::interval, told_at = told_at - ${by}::text::interval,
    started_at = started_at - ${by}::text::interval`);
};

const FIGURES = ['purchases', 'rejected', 'replays', 'takeovers', 'unknowns'] as const;

const total = ({ slots }: History, figure: (typeof FIGURES)[number]) =>
  slots.reduce((sum, slot) => sum + slot[figure], 0);

it('what several processes counted adds up, however often each tells, and in every span', async () => {
  const [web, other, worker] = [startProcess('web'), startProcess('web'), startProcess('worker')];
  await web.pays('succeeded', false);
  await web.tell();
  await web.pays('succeeded', false);
  await web.pays('succeeded', true);
  web.observes('replayed');
  await web.pays('rejected', false);
  await Promise.all([web.tell(), web.tell()]);
  await other.pays('succeeded', false);
  await other.tell();
  worker.observes('taken_over');
  worker.observes('unknown');
  await worker.tell();
  for (const span of ['hour', 'day', 'month'] as const) {
    const history = await readHistory(db, span);
    expect([span, ...FIGURES.map((figure) => total(history, figure))]).toEqual([span, 3, 1, 1, 1, 1]);
    expect(history.telling).toEqual({ web: 2, worker: 1 });
  }
});

it('a process that was started again begins at 0 and takes nothing away from what the one before it told', async () => {
  const before = startProcess('web');
  for (let paid = 0; paid < 3; paid++) await before.pays('succeeded', false);
  await before.tell();
  const after = startProcess('web');
  await after.pays('succeeded', false);
  await after.tell();
  const history = await readHistory(db, 'day');
  expect(total(history, 'purchases')).toBe(4);
  expect(history.slots.reduce((sum, { started }) => sum + started, 0)).toBe(2);
});

it('a time of which nobody told is not a zero: nothing is known of it', async () => {
  const [web, worker] = [startProcess('web'), startProcess('worker')];
  await Promise.all([web.tell(), worker.tell()]);
  await ages('20 minutes');
  await web.tell();
  const { slots, telling } = await readHistory(db, 'hour');
  const told = slots.map((slot) => `${slot.told.web} ${slot.told.worker}`);
  expect(told.at(-1)).toMatch(/^(all|part) none$/);
  expect(told.slice(-18, -2)).toEqual(Array.from({ length: 16 }, () => 'none none'));
  expect(told.slice(-24, -18).filter((each) => each !== 'none none')).not.toEqual([]);
  expect(telling).toEqual({ web: 1, worker: 0 });
});

it('a minute of which a part was told says so', async () => {
  const at = (seconds: number) => sql`date_trunc('minute', statement_timestamp()) - interval '5 minutes'
    + ${seconds}::float8 * interval '1 second'`;
  const tells = (app: string, from: number, to: number) =>
    db.execute(sql`insert into figure (step, slot_at, process, began_at, app, started_at, told_at, counts)
      values ('minute', ${at(0)}, gen_random_uuid(), ${at(from)}, ${app}::text, ${at(-600)}, ${at(to)}, '{"purchases": 2}')`);
  await tells('web', 0, 10);
  // One that is replaced by another, which tells on.
  await tells('worker', 0, 25);
  await tells('worker', 27, 55);
  const { slots } = await readHistory(db, 'hour');
  expect(slots.filter(({ purchases }) => purchases > 0)).toMatchObject([
    { purchases: 6, told: { web: 'part', worker: 'all' }, started: 0 },
  ]);
});

it('how long it took comes out of the buckets of all processes', async () => {
  const [web, worker] = [startProcess('web'), startProcess('worker')];
  for (const unknownMs of [2_000, 3_000, 40_000]) web.observes('recovered', { unknownMs });
  worker.observes('recovered', { unknownMs: 200_000 });
  await Promise.all([web.tell(), worker.tell()]);
  const { slots } = await readHistory(db, 'month');
  // Two within 1 to 5 s, one within 15 to 60 s, one within 60 to 300 s: the half is at 5 s, 3.8 of 4 at 60 + 0.8 × 240 s.
  expect(slots.findLast(({ known }) => known)?.known).toEqual({
    count: 4,
    p50Seconds: 5,
    p95Seconds: expect.closeTo(252, 6),
  });
});

it('a quantile over the highest bound is that bound, and nothing measured is not 0 seconds', () => {
  const upTo = new Map([
    [1, 0],
    [2, 5],
    [Infinity, 10],
  ]);
  expect(spreadOf([1, 2], (bound) => upTo.get(bound) ?? 0)).toEqual({ count: 10, p50Seconds: 2, p95Seconds: 2 });
  expect(spreadOf([1, 2], () => 0)).toBeNull();
});

it('what is older than any page shows is taken away, and nothing else', async () => {
  const web = startProcess('web');
  await web.pays('succeeded', false);
  await web.tell();
  await ages('3 hours');
  await pruneHistory(db);
  expect(await db.$count(schema.figure)).toBe(1);
  expect(total(await readHistory(db, 'day'), 'purchases')).toBe(1);
  await ages('33 days');
  await pruneHistory(db);
  expect(await db.$count(schema.figure)).toBe(0);
});

it('a stretch goes on in its slot, and over into the next without a hole', () => {
  const counted = (purchases: number) => ({ sums: { purchases }, peaks: {} });
  const first = nextStretch(undefined, 60_000, 50_000, counted(1));
  expect(first).toMatchObject({ slotMs: 0, beganMs: 50_000, toldMs: 50_000 });
  const second = nextStretch(first, 60_000, 58_000, counted(3));
  expect(second).toMatchObject({ slotMs: 0, beganMs: 50_000, toldMs: 58_000 });
  expect(countsOf(second)).toEqual({ purchases: 3 });
  const third = nextStretch(second, 60_000, 68_000, counted(5));
  expect(third).toMatchObject({ slotMs: 60_000, beganMs: 60_000, toldMs: 68_000 });
  expect(countsOf(third)).toEqual({ purchases: 2 });
});

it('after a break a new stretch begins: what was not told is not covered, and what was counted is not lost', () => {
  const counted = (purchases: number) => ({ sums: { purchases }, peaks: { expiryLagSeconds: 9 - purchases } });
  const first = nextStretch(undefined, 3_600_000, 10_000, counted(1));
  const later = nextStretch(first, 3_600_000, 900_000, counted(4));
  expect(later).toMatchObject({ slotMs: 0, beganMs: 900_000 });
  expect(countsOf(first)).toEqual({ purchases: 1, expiryLagSeconds: 8 });
  expect(countsOf(later)).toEqual({ purchases: 3, expiryLagSeconds: 5 });
});

it('a gauge is kept at its highest, and a clock that goes back writes no earlier slot again', () => {
  const counted = (expiryLagSeconds: number) => ({ sums: {}, peaks: { expiryLagSeconds } });
  const first = nextStretch(undefined, 60_000, 61_000, counted(40));
  const second = nextStretch(first, 60_000, 59_000, counted(3));
  expect(second).toMatchObject({ slotMs: 60_000, toldMs: 61_000 });
  expect(countsOf(second)).toEqual({ expiryLagSeconds: 40 });
});
