// A client with `prepare: false` sends one thing at a time on each connection: old poolers lose what is sent behind it.
import { expect, test } from 'vitest';
import { codeThrown, gate, openFixture } from './fixture.ts';

const fixture = await openFixture();
const { sql } = fixture.viaDrizzle({ max: 1, prepare: false });

test('a query waits until the transaction on the only connection has ended, and a thrown one gives its turn back', async () => {
  const order: string[] = [];
  const opened = gate();
  const done = gate();
  const failing = sql.begin(async (tx) => {
    await tx`select 1`;
    opened.open();
    await done.passed;
    order.push('transaction');
    throw new RangeError('undone');
  });
  await opened.passed;
  const query = sql`select ${1}::int as n`.then(() => order.push('query'));
  done.open();
  await expect(failing).rejects.toThrow('undone');
  await query;
  expect(order).toEqual(['transaction', 'query']);
});

test('what is cancelled while it waits is never sent, and keeps nobody waiting', async () => {
  const opened = gate();
  const done = gate();
  const first = sql.begin(async (tx) => {
    await tx`select 1`;
    opened.open();
    await done.passed;
  });
  await opened.passed;
  const waiting = sql`insert into written (scope, note) values ('turns', 'sent')`.execute();
  const refused = codeThrown(waiting);
  waiting.cancel();
  expect(await refused).toBe('57014');
  done.open();
  await first;
  expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
  expect(await fixture.written('turns')).toEqual([]);
});

test('a query that fails gives its turn back', async () => {
  await expect(sql`select 1 / ${0}::int`).rejects.toMatchObject({ code: '22012' });
  expect(await sql`select ${2}::int as n`).toEqual([{ n: 2 }]);
});
