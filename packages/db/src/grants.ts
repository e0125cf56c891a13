import type { Sql } from 'postgres';

/** The role that web and worker use. It cannot change what was posted or audited. */
export const APP_ROLE = 'once_app';

/**
 * Makes the role where that is allowed and gives it what the apps need, no more. On a server where roles come from
 * somebody else (most hosted ones) it does nothing unless the role is there already.
 */
export async function grant(sql: Sql): Promise<void> {
  await sql.unsafe(`do $$ begin
    create role ${APP_ROLE} login;
  exception when duplicate_object or unique_violation or insufficient_privilege then null;
  end $$`);
  const [role] = await sql`select 1 from pg_roles where rolname = ${APP_ROLE}`;
  if (!role) return;
  await sql.unsafe(`grant usage on schema public, idempotency to ${APP_ROLE}`);
  await sql.unsafe(`grant select, insert, update, delete on all tables in schema public, idempotency to ${APP_ROLE}`);
  await sql.unsafe(`revoke update, delete, truncate on ledger_posting, audit from ${APP_ROLE}`);
}

/** The same database, as the apps' role. */
export function asAppRole(url: string, password: string): string {
  const app = new URL(url);
  app.username = APP_ROLE;
  app.password = password;
  return app.href;
}
