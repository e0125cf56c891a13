import type { Sql } from 'postgres';

/**
 * Adds the extension by which a search forgives typing errors. Postgres brings it along and lets the owner of a database
 * add it. Where that is not so, searching finds whole words and their beginnings only, until a start after somebody added it.
 */
export async function addTrigrams(sql: Sql): Promise<void> {
  await sql.unsafe(`do $$ begin
    create extension if not exists pg_trgm;
  exception when insufficient_privilege or feature_not_supported or undefined_file then null;
  end $$`);
}
