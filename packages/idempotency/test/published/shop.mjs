// An application, of which an older release began the work and a newer one goes on: node shop.mjs <url> begin | finish
import { absent, answered, createOnce, reject, waiting, workflow } from '@once/idempotency';
import { migrate } from '@once/idempotency/migrate';
import { postgresJs } from '@once/idempotency/postgres-js';
import { createWorker } from '@once/idempotency/worker';
import postgres from 'postgres';

const [url, command] = process.argv.slice(2);
const sql = postgres(url, { max: 4, onnotice: () => {} });
const database = postgresJs(sql);
const charged = async (key) => (await sql`select 1 from charge where key = ${key}`).length > 0;

const pay = workflow('order.pay')
  .transaction('reserve', async (tx, { input }) => {
    await tx`insert into written (note) values (${`reserve ${input.order}`})`;
    return { order: input.order };
  })
  .call('charge', {
    send: async ({ key, services }, { input }) => {
      if (services.release === 'old' && input.order === 'waits') return waiting({ step: 'bank' }, 60_000);
      await sql`insert into charge (key) values (${key})`;
      return services.release === 'old' && input.order === 'dies' ? process.exit(9) : answered({ key });
    },
    lookup: async ({ key }) => ((await charged(key)) ? answered({ key }) : absent),
  })
  .transaction('settle', async (tx, { reserve, charge }) => {
    await tx`insert into written (note) values (${`settle ${reserve.order}`})`;
    return { order: reserve.order, key: charge.value.key };
  });

const once = createOnce({ database, services: { release: command === 'begin' ? 'old' : 'new' } });
const order = (name) => once.run(pay, { scope: 'shop', key: name, input: { order: name } });
const once1 = (key, body) => once.transaction({ operation: 'sign-up', scope: 'shop', key, input: { key } }, body);

if (command === 'begin') {
  await sql`create table charge (key text primary key)`;
  await sql`create table written (id bigint generated always as identity, note text)`;
  await migrate(database);
  const said = {
    yes: await once1('yes', async () => ({ account: 7 })),
    no: await once1('no', async () => reject('taken')),
    paid: await order('paid'),
    waits: await order('waits'),
  };
  console.log(JSON.stringify(said));
  await order('dies'); // and so does this process: charged, nothing settled
} else {
  const applied = await migrate(database);
  await sql`update idempotency.record set due_at = statement_timestamp() where state in (0, 1)`;
  const finished = await createWorker(once, [pay]).runOnce();
  const never = async () => {
    throw new Error('it ran twice');
  };
  const said = {
    yes: await once1('yes', never),
    no: await once1('no', never),
    paid: await order('paid'),
    waits: await order('waits'),
    dies: await order('dies'),
  };
  const other = await once
    .run(pay, { scope: 'shop', key: 'paid', input: { order: 'other' } })
    .catch((error) => error.code);
  const written = (await sql`select note from written order by note`).map(({ note }) => note);
  const charges = (await sql`select count(*)::int as n from charge`)[0].n;
  console.log(JSON.stringify({ applied, finished, said, other, written, charges }));
}
await sql.end();
