import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@once/local-postgres/testing';
import { expect, test } from 'vitest';
import { waiting } from '../../src/index.ts';
import { openFixture } from '../fixture.ts';
import { aPayment } from '../payment.ts';

const fixture = await openFixture();
const driver = fixture.driver();
const pathOf = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** The command as a person types it. */
async function command(words: string[], env: Record<string, string> = {}) {
  const argv = ['--disable-warning=ExperimentalWarning', pathOf('../../src/cli/main.ts'), ...words];
  const options = {
    env: { PATH: process.env['PATH'], DATABASE_URL: fixture.url, USER: 'mira', ...env },
    timeout: 20_000,
  };
  return await new Promise<{ code: unknown; out: string; err: string }>((resolve) => {
    execFile(process.execPath, argv, options, (error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
  });
}

/** A payment whose bank wants to see its customer. */
async function atTheBank() {
  const shop = aPayment(driver);
  shop.provider.plan.push(() => waiting({ step: 'bank' }, 15_000));
  await shop.process().once.run(shop.pay, shop.request);
  return { ...shop, words: ['order.pay', shop.scope, shop.request.key] };
}

test('migrate makes the table, and has nothing to do the second time', async () => {
  const { url } = await testDatabase('empty');
  const doctor = await command(['doctor'], { DATABASE_URL: url });
  expect(doctor.code).toBe(1);
  expect(doctor.out).toContain('fail  the table idempotency.record is not there\n      once-idempotency migrate');
  expect(await command(['migrate', '--database-url', url], { DATABASE_URL: '' })).toMatchObject({
    code: 0,
    out: 'applied 0001_init.sql\napplied 0002_operators.sql\n',
  });
  expect(await command(['migrate'], { DATABASE_URL: url })).toMatchObject({ code: 0, out: 'nothing to do\n' });
  expect((await command(['status'], { DATABASE_URL: url })).out).toBe(
    'about 0 records, 0 of them past their retention\nnone is open\n',
  );
});

test('find shows where a record stands, and what it stores only when asked', async () => {
  const { words } = await atTheBank();
  const shown = await command(['find', ...words]);
  expect(shown.out).toMatch(/^state +waiting$/m);
  expect(shown.out).toMatch(/^recoveryPoint +reserve$/m);
  expect(shown.out).not.toContain('bank');
  expect(JSON.parse((await command(['find', ...words, '--data', '--json'])).out)).toMatchObject({
    state: 'waiting',
    fence: 1,
    outcome: '{"step":"bank"}',
    operatorLog: [],
  });
  expect(await command(['find', 'order.pay', 'nobody', 'k'])).toMatchObject({
    code: 1,
    err: 'there is no such record\n',
  });
});

test('park, status and wake: who did it and why stays with the record', async () => {
  const { words, scope, pay, request, process: started } = await atTheBank();
  expect(await command(['park', ...words, '--reason', 'the bank is down'])).toMatchObject({
    code: 0,
    out: 'it is parked\n',
  });
  const status = await command(['status']);
  expect(status.out).toMatch(/^about [1-9]\d* records/); // counted: nobody has analysed this table
  expect(status.out).toMatch(/^ +1 {2}needs_review {2}order\.pay \(version 1\)$/m);
  expect(status.out).toContain(`once-idempotency find order.pay ${scope} k`);
  expect((await command(['park', ...words, '--reason', 'again'])).code).toBe(1);
  expect(await command(['wake', ...words, '--by', 'noor', '--reason', 'it is back'])).toMatchObject({ code: 0 });
  expect((await command(['find', ...words])).out).toMatch(
    /mira: park \(it was waiting\): the bank is down\n\S+ noor: wake \(it was needs_review\): it is back\n$/,
  );
  expect(await started().once.run(pay, request)).toMatchObject({ status: 'succeeded' });
});

test('resolve brings an answer, and the workflow goes on with it in the application’s own code', async () => {
  const scope = `scope-cli-${process.pid}`;
  const words = ['order.pay_durably', scope, 'k'];
  await fixture.admin`create table charge (key text primary key)`;
  const { once, workflows, close } = await withUrl(() => import('./app.ts'));
  const [pay] = workflows;
  if (pay === undefined) throw new RangeError('the application has no workflow');
  await fixture.admin`alter table charge rename to charge_elsewhere`; // the provider is away: unknown
  expect(await once.run(pay, { scope, key: 'k', input: { scope } })).toMatchObject({ status: 'unknown' });
  await close();
  const answer = ['--app', pathOf('app.ts'), '--answered', '{"key":"by hand"}', '--reason', 'seen in their books'];
  const resolved = await command(['resolve', ...words, ...answer]);
  expect(resolved).toMatchObject({
    code: 0,
    err: '',
    out: '{"status":"succeeded","value":{"charged":"by hand"},"replayed":false}\n',
  });
  expect(await fixture.written(scope)).toEqual(['reserve', 'settle']);
  expect((await command(['resolve', ...words, ...answer])).err).toContain('IDEMPOTENCY_NOT_RESOLVABLE');
});

async function withUrl<T>(work: () => Promise<T>): Promise<T> {
  process.env['DATABASE_URL'] = fixture.url;
  return await work();
}

test.each([
  [['dance'], 'there is no command dance'],
  [['find', 'order.pay'], 'which record?'],
  [['wake', 'order.pay', 's', 'k'], 'why? --reason'],
  [['wake', 'order.pay', 's', 'k', '--reason', '  '], 'reason is 1 to 1000 characters'],
  [['find', 'order.pay', 's', 'white space'], 'a key is 1 to 255 visible ASCII characters'],
  [['resolve', 'order.pay', 's', 'k', '--reason', 'x'], 'what was the answer?'],
  [['resolve', 'order.pay', 's', 'k', '--reason', 'x', '--answered', '{'], 'the answer is JSON'],
  [['resolve', 'order.pay', 's', 'k', '--reason', 'x', '--answered', '1'], 'which application?'],
  [['find', '--nonsense'], "Unknown option '--nonsense'"],
  [['status', '--database-url', 'postgres://127.0.0.1:1/none'], 'ECONNREFUSED'],
])('asked wrongly, it says so in one sentence: %j', async (words, sentence) => {
  const { code, out, err } = await command(words);
  expect([code === 0, out]).toEqual([false, '']);
  expect(err).toContain(sentence);
  expect(err.trim().split('\n')).toHaveLength(1);
});

test('without a command it says what there is', async () => {
  expect(await command([])).toMatchObject({ code: 2, out: expect.stringContaining('doctor') });
  expect(await command(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('doctor') });
});
