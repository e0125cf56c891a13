// Sign-up, with Fastify and Kysely. A second click, or a retry after a lost answer, gets the first answer: also the no.
import { createOnce } from '@once/idempotency';
import { idempotent } from '@once/idempotency/fastify';
import { kysely } from '@once/idempotency/kysely';
import { migrate } from '@once/idempotency/migrate';
import { guarded } from '@once/idempotency/pg';
import Fastify from 'fastify';
import { type Generated, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';

interface Tables {
  account: { id: Generated<string>; email: string };
  /** What is told to the outside is written with the account, and sent after this commit, by whoever reads it. */
  outbox: { id: Generated<string>; account_id: string; kind: string };
}

const pool = guarded(new pg.Pool({ connectionString: process.env['DATABASE_URL'] }));
const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
const database = kysely(db);
const once = createOnce({ database });

await migrate(database);
await sql`create table if not exists account (id uuid primary key default gen_random_uuid(), email text unique)`.execute(
  db,
);
await sql`create table if not exists outbox (id uuid primary key default gen_random_uuid(), account_id uuid, kind text)`.execute(
  db,
);

// Nobody is signed in yet, so the form is the scope: the page makes the key when it is opened, and keeps it.
const signUp = idempotent(once, { operation: 'account.create', scope: () => 'sign-up' }, async (request, tx) => {
  const { email } = (await request.json()) as { email: string };
  const account = await tx
    .insertInto('account')
    .values({ email })
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returning('id')
    .executeTakeFirst();
  if (!account) return Response.json({ error: 'email_taken' }, { status: 422 });
  await tx.insertInto('outbox').values({ account_id: account.id, kind: 'welcome' }).execute();
  return Response.json({ account: account.id }, { status: 201 });
});

const app = Fastify();
app.post('/sign-up', signUp);

console.log(await app.listen({ port: Number(process.env['PORT'] ?? 3000), host: '127.0.0.1' }));
