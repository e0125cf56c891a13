import type { Sql } from 'postgres';

/**
 * Who may do what. The tables belong to the role that migrates; each process gets one that may do its own work and no more,
 * so that neither a bug nor somebody who has got into a process can change what has been decided.
 */
export const ROLES = { web: 'once_web', worker: 'once_worker', reader: 'once_read' } as const;
export type Role = keyof typeof ROLES;

const ALL = Object.values(ROLES).join(', ');
const APPS = `${ROLES.web}, ${ROLES.worker}`;

/** Written once: a mistake is corrected by a new row. */
const APPEND_ONLY = ['ledger_posting', 'audit'];
/** What was ordered, paid and sold stays; it changes its state. */
const NEVER_DELETED = [
  ...['orders', 'order_line', 'payment', 'payment_attempt', 'refund'],
  ...['edition', 'framing', 'copy', 'provider_event', 'ledger_comparison', 'ledger_difference'],
];
/** Passwords and sessions are the web's business: the worker cannot become somebody, nor can a reader. */
const WEB_ONLY = ['rate_limit', 'auth_rate_limit', 'auth_session', 'auth_account', 'auth_verification'];
/** Mail that waits holds links which let somebody in. */
const NOT_FOR_READERS = ['outbox'];

/**
 * Makes the roles where that is allowed and gives them what they need. On a server where roles come from somebody else (most
 * hosted ones) it does nothing for those that are not there: docs/security.md has what to run.
 */
export async function grant(sql: Sql): Promise<void> {
  for (const role of Object.values(ROLES)) {
    await sql.unsafe(`do $$ begin
      create role ${role} login;
    exception when duplicate_object or unique_violation or insufficient_privilege then null;
    end $$`);
  }
  const there = await sql`select 1 from pg_roles where rolname = any (${Object.values(ROLES)}::text[])`;
  if (there.length < Object.keys(ROLES).length) return;
  await sql.unsafe(`grant usage on schema public, idempotency to ${ALL}`);
  await sql.unsafe(`grant select on all tables in schema public, idempotency to ${ALL}`);
  await sql.unsafe(`grant insert, update, delete on all tables in schema public to ${APPS}`);
  await sql.unsafe(`grant insert, update on idempotency.record to ${APPS}`);
  await sql.unsafe(`grant delete on idempotency.record to ${ROLES.worker}`);
  await revoke(sql, 'update, delete, truncate', APPEND_ONLY, APPS);
  await revoke(sql, 'delete, truncate', NEVER_DELETED, APPS);
  await revoke(sql, 'all', WEB_ONLY, `${ROLES.worker}, ${ROLES.reader}`);
  await revoke(sql, 'all', NOT_FOR_READERS, ROLES.reader);
  await guardRecords(sql);
}

/** Of those tables that there are: an older version's database has fewer. */
async function revoke(sql: Sql, what: string, tables: readonly string[], from: string): Promise<void> {
  const there = await sql<{ tablename: string }[]>`
    select tablename from pg_tables where schemaname = 'public' and tablename = any (${[...tables]}::text[])`;
  for (const { tablename } of there) await sql.unsafe(`revoke ${what} on public.${tablename} from ${from}`);
}

/**
 * A settled record answers the same for ever. Web may change one only in the transaction that settles it (a record may be
 * born settled, and gets its outcome by that transaction's last statement); the worker, once its retention is over.
 */
async function guardRecords(sql: Sql): Promise<void> {
  const open = 'state not in (2, 3) or xmin = pg_current_xact_id()::xid';
  const policies = {
    once_sees: `for select to ${ALL} using (true)`,
    once_claims: `for insert to ${APPS} with check (true)`,
    once_web_moves: `for update to ${ROLES.web} using (${open}) with check (true)`,
    once_worker_moves: `for update to ${ROLES.worker}
      using (${open} or retained_until <= statement_timestamp()) with check (true)`,
    once_worker_forgets: `for delete to ${ROLES.worker} using (retained_until <= statement_timestamp())`,
  };
  // Neither is repeated where it is there already: both wait for everybody who is at work on the table.
  for (const [name, policy] of Object.entries(policies)) {
    await sql.unsafe(`do $$ begin
      create policy ${name} on idempotency.record ${policy};
    exception when duplicate_object then null;
    end $$`);
  }
  await sql.unsafe(`do $$ begin
    if not (select relrowsecurity from pg_class where oid = 'idempotency.record'::regclass) then
      alter table idempotency.record enable row level security;
    end if;
  end $$`);
}

/** The same database, as one of these roles. */
export function asRole(url: string, role: Role, password: string): string {
  const address = new URL(url);
  address.username = ROLES[role];
  address.password = password;
  return address.href;
}
