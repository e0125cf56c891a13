import { createTRPCClient, httpBatchLink, httpLink, TRPCClientError } from '@trpc/client';
import { initTRPC, TRPCError } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import superjson from 'superjson';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type IdempotencyCode, IdempotencyError, reject, workflow } from '../../src/index.ts';
import { asTRPCError, attempts, idempotencyData, transactional } from '../../src/trpc.ts';
import { aScope, eventually, gate, onceOver, openFixture, type PostgresTx } from '../fixture.ts';

interface Context {
  readonly user: string | null;
}

const fixture = await openFixture();
const driver = fixture.driver();
const { once } = onceOver(driver);
const runs = new Map<string, number>();
const holds = new Map<string, ReturnType<typeof gate>>();
const failOnce = new Set<string>();

const t = initTRPC.context<Context>().create({
  transformer: superjson,
  errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, idempotency: idempotencyData(error) } }),
});
// The usual order: who it is, then once.
const signedIn = t.procedure.use(({ ctx, next }) => {
  if (ctx.user === null) throw new TRPCError({ code: 'UNAUTHORIZED' });
  return next({ ctx: { user: ctx.user } });
});
const scope = ({ user }: { user: string }) => user;
const attempt = signedIn.concat(attempts({ scope }));
const transaction = signedIn.concat(transactional(once, { scope, transformer: superjson, waitMs: 500 }));

const place = workflow<{ tx: PostgresTx; services: object }>('order.place')
  .input(z.object({ user: z.string(), note: z.string() }))
  .transaction('only', async (tx, { input }) => {
    await driver.write(tx, input.user, input.note);
    return input.note === 'no' ? reject('sold_out') : { placed: input.note };
  });

const writes = z.object({ note: z.string(), at: z.date().optional(), many: z.map(z.string(), z.bigint()).optional() });
const router = t.router({
  orders: t.router({
    place: attempt
      .input(z.object({ note: z.string() }))
      .mutation(({ ctx, input: { note } }) => once.run(place, { ...ctx.attempt, input: { user: ctx.user, note } })),
    create: transaction.input(writes).mutation(async ({ ctx, input }) => {
      await driver.write(ctx.tx, ctx.user, input.note);
      const run = (runs.get(ctx.user) ?? 0) + 1;
      runs.set(ctx.user, run);
      if (failOnce.delete(ctx.user)) await ctx.tx`do $$ begin raise serialization_failure; end $$`;
      await holds.get(ctx.user)?.passed;
      if (input.note === 'throws') throw new TRPCError({ code: 'NOT_FOUND', message: 'on purpose' });
      return { run, at: new Date(run), many: new Map([['n', 2n ** 60n]]), sent: input };
    }),
    rename: transaction.input(writes).mutation(async ({ ctx, input }) => {
      await driver.write(ctx.tx, ctx.user, `renamed ${input.note}`);
    }),
    refuse: transaction.mutation(() => reject('no')),
    read: transaction.query(() => 1),
  }),
});

const server = createHTTPServer({
  router,
  createContext: ({ req }): Context => ({ user: req.headers['x-user']?.toString() ?? null }),
});
server.listen(0, '127.0.0.1');
await eventually(() => server.listening);
const { port } = server.address() as { port: number };
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const clientOf = (user: string | null, isBatching = false) => {
  const headers = user === null ? {} : { 'x-user': user };
  const options = { url: `http://127.0.0.1:${port}`, transformer: superjson, headers };
  return createTRPCClient<typeof router>({ links: [isBatching ? httpBatchLink(options) : httpLink(options)] });
};
const refusalOf = async (call: Promise<unknown>) => {
  const error: unknown = await call.catch((caught: unknown) => caught);
  if (!(error instanceof TRPCClientError)) throw new TypeError('it was not refused', { cause: error });
  const { code, httpStatus, idempotency } = error.data as { code: string; httpStatus: number; idempotency: unknown };
  return { code, httpStatus, idempotency };
};

describe('a transactional mutation', () => {
  test('runs once, and its result comes back as what it returned: Dates, Maps, bigints', async () => {
    const user = aScope();
    const { orders } = clientOf(user);
    const input = { idempotencyKey: 'k', note: 'a', at: new Date(0), many: new Map([['x', 1n]]) };
    const first = await orders.create.mutate(input);
    const again = await orders.create.mutate(input);
    expect(first).toEqual({ run: 1, at: new Date(1), many: new Map([['n', 2n ** 60n]]), sent: input });
    expect(again).toEqual(first);
    expect(await fixture.written(user)).toEqual(['a']);
    expect(await fixture.record(user)).toMatchObject({ operation: 'orders.create', key: 'k' });
  });

  test('takes another input under its key for another request, also where JSON would not see it', async () => {
    const user = aScope();
    const { orders } = clientOf(user);
    await orders.create.mutate({ idempotencyKey: 'k', note: 'a', many: new Map([['x', 1n]]) });
    for (const input of [{ note: 'b' }, { note: 'a' }, { note: 'a', many: new Map([['x', 2n]]) }]) {
      expect(await refusalOf(orders.create.mutate({ idempotencyKey: 'k', ...input }))).toEqual({
        code: 'UNPROCESSABLE_CONTENT',
        httpStatus: 422,
        idempotency: { code: 'IDEMPOTENCY_FINGERPRINT_MISMATCH', retryAfterMs: null },
      });
    }
    expect(await fixture.written(user)).toEqual(['a']);
  });

  test('that returns nothing replays nothing', async () => {
    const user = aScope();
    const { orders } = clientOf(user);
    expect(await orders.rename.mutate({ idempotencyKey: 'k', note: 'a' })).toBeUndefined();
    expect(await orders.rename.mutate({ idempotencyKey: 'k', note: 'a' })).toBeUndefined();
    expect(await fixture.written(user)).toEqual(['renamed a']);
  });

  test('that throws is undone and not stored, with the error it threw', async () => {
    const user = aScope();
    const { orders } = clientOf(user);
    const throws = () => refusalOf(orders.create.mutate({ idempotencyKey: 'k', note: 'throws' }));
    expect(await throws()).toEqual({ code: 'NOT_FOUND', httpStatus: 404, idempotency: null });
    expect(await throws()).toMatchObject({ code: 'NOT_FOUND' });
    expect([runs.get(user), await fixture.written(user), await fixture.record(user)]).toEqual([2, [], undefined]);
  });

  test('runs again after a serialization failure, and answers from the run that was kept', async () => {
    const user = aScope();
    failOnce.add(user);
    const { run } = await clientOf(user).orders.create.mutate({ idempotencyKey: 'k', note: 'a' });
    expect([run, await fixture.written(user)]).toEqual([2, ['a']]);
  });

  test('in parallel runs once; a duplicate that waits too long is told to come back', async () => {
    const user = aScope();
    const hold = gate();
    holds.set(user, hold);
    const { orders } = clientOf(user);
    const first = orders.create.mutate({ idempotencyKey: 'k', note: 'a' });
    await eventually(() => runs.has(user));
    expect(await refusalOf(orders.create.mutate({ idempotencyKey: 'k', note: 'a' }))).toEqual({
      code: 'CONFLICT',
      httpStatus: 409,
      idempotency: { code: 'IDEMPOTENCY_IN_FLIGHT', retryAfterMs: expect.any(Number) },
    });
    hold.open();
    expect(await first).toEqual(await orders.create.mutate({ idempotencyKey: 'k', note: 'a' }));
    expect(await fixture.written(user)).toEqual(['a']);
  });

  test('is told from the query that it cannot be, and from reject(), which a client cannot read', async () => {
    const { orders } = clientOf(aScope());
    const internal = { code: 'INTERNAL_SERVER_ERROR', idempotency: { code: 'IDEMPOTENCY_OPTION_INVALID' } };
    expect(await refusalOf(orders.read.query({ idempotencyKey: 'k' }))).toMatchObject(internal);
    expect(await refusalOf(orders.refuse.mutate({ idempotencyKey: 'k' }))).toMatchObject(internal);
  });
});

test('two mutations in one HTTP batch keep two keys, and two paths two operations', async () => {
  const user = aScope();
  const { orders } = clientOf(user, true);
  const both = () =>
    Promise.all([
      orders.create.mutate({ idempotencyKey: 'k1', note: 'a' }),
      orders.create.mutate({ idempotencyKey: 'k2', note: 'a' }),
      orders.rename.mutate({ idempotencyKey: 'k1', note: 'a' }),
    ]);
  const first = await both();
  expect(await both()).toEqual(first);
  expect((await fixture.written(user)).sort()).toEqual(['a', 'a', 'renamed a']);
  const [row] = await fixture.admin`select count(*)::int as n from idempotency.record where scope = ${user}`;
  expect(row).toEqual({ n: 3 });
});

test('a workflow runs under ctx.attempt, and a stored no is a value', async () => {
  const user = aScope();
  const { orders } = clientOf(user);
  const placed = { status: 'succeeded', value: { placed: 'a' } };
  expect(await orders.place.mutate({ idempotencyKey: 'k', note: 'a' })).toEqual({ ...placed, replayed: false });
  expect(await orders.place.mutate({ idempotencyKey: 'k', note: 'a' })).toEqual({ ...placed, replayed: true });
  expect(await orders.place.mutate({ idempotencyKey: 'k2', note: 'no' })).toMatchObject({ reason: 'sold_out' });
  expect(await refusalOf(orders.place.mutate({ idempotencyKey: 'k', note: 'b' }))).toMatchObject({
    code: 'UNPROCESSABLE_CONTENT',
  });
});

test('two users never meet under one key, and a stranger hears nothing of it', async () => {
  const [one, other] = [aScope(), aScope()];
  const input = { idempotencyKey: 'k', note: 'a' };
  await clientOf(one).orders.create.mutate(input);
  expect(await clientOf(other).orders.create.mutate(input)).toMatchObject({ run: 1 });
  expect(await refusalOf(clientOf(null).orders.create.mutate(input))).toMatchObject({ code: 'UNAUTHORIZED' });
  expect([runs.get(one), runs.get(other)]).toEqual([1, 1]);
});

test.each([undefined, '', 'a b', 'ü', 'k'.repeat(257), 1, null])('%j is no key: BAD_REQUEST', async (key) => {
  const user = aScope();
  const input = { idempotencyKey: key as string, note: 'a' };
  expect(await refusalOf(clientOf(user).orders.create.mutate(input))).toEqual({
    code: 'BAD_REQUEST',
    httpStatus: 400,
    idempotency: { code: 'IDEMPOTENCY_KEY_INVALID', retryAfterMs: null },
  });
  expect(runs.has(user)).toBe(false);
});

test('an input that the schema refuses is tRPC’s own error, and the key is still free', async () => {
  const user = aScope();
  const { orders } = clientOf(user);
  const wrong = { idempotencyKey: 'k', note: 1 as unknown as string };
  expect(await refusalOf(orders.create.mutate(wrong))).toMatchObject({ code: 'BAD_REQUEST', idempotency: null });
  expect(await orders.create.mutate({ idempotencyKey: 'k', note: 'a' })).toMatchObject({ run: 1 });
});

test('a scope may come from the input, and without a transformer JSON is stored', async () => {
  const plain = initTRPC.context<Context>().create();
  const checkout = z.object({ checkoutId: z.string() });
  const byCheckout = transactional(once, { scope: (_ctx: Context, input) => checkout.parse(input).checkoutId });
  const caller = plain
    .router({
      pay: plain.procedure
        .concat(byCheckout)
        .input(checkout)
        .mutation(async ({ ctx, input }) => {
          await driver.write(ctx.tx, input.checkoutId, 'paid');
          return { paid: input.checkoutId };
        }),
    })
    .createCaller({ user: null });
  const checkoutId = aScope();
  const input = { idempotencyKey: `${checkoutId}.0`, checkoutId };
  expect([await caller.pay(input), await caller.pay(input)]).toEqual([{ paid: checkoutId }, { paid: checkoutId }]);
  expect(await fixture.written(checkoutId)).toEqual(['paid']);
});

test('with the database away it is SERVICE_UNAVAILABLE, and nothing runs', async () => {
  const away = onceOver(fixture.driver({ url: 'postgres://nobody@127.0.0.1:1/nowhere' })).once;
  let ran = false;
  const caller = t
    .router({
      create: t.procedure.concat(transactional(away, { scope: () => 's' })).mutation(() => {
        ran = true;
      }),
    })
    .createCaller({ user: null });
  const error: unknown = await caller.create({ idempotencyKey: 'k' }).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'SERVICE_UNAVAILABLE', cause: { code: 'IDEMPOTENCY_UNAVAILABLE' } });
  expect(ran).toBe(false);
});

test.each<[IdempotencyCode, string]>([
  ['IDEMPOTENCY_KEY_EXPIRED', 'UNPROCESSABLE_CONTENT'],
  ['IDEMPOTENCY_LEASE_LOST', 'CONFLICT'],
  ['IDEMPOTENCY_VERSION_UNKNOWN', 'SERVICE_UNAVAILABLE'],
  ['IDEMPOTENCY_INPUT_INVALID', 'BAD_REQUEST'],
  ['IDEMPOTENCY_NESTED', 'INTERNAL_SERVER_ERROR'],
])('%s is %s', (code, expected) => {
  const error = asTRPCError(new IdempotencyError(code, 'why', { retryAfterMs: 5 }));
  expect([error.code, error.message, idempotencyData(error)]).toEqual([expected, 'why', { code, retryAfterMs: 5 }]);
});
