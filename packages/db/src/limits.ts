import type { Sql } from 'postgres';

/**
 * Ends transactions that wait for their process for five seconds: a frozen one would keep its locks for as long as it
 * sleeps, and nobody could finish its payment. Set on the database, not on connections: a transaction pooler refuses
 * unknown start-up parameters. Where we may not set it, an operator must: docs/decisions/0006.
 */
export async function limitIdleTransactions(sql: Sql): Promise<void> {
  await sql.unsafe(`do $$ begin
    execute format('alter database %I set idle_in_transaction_session_timeout = %L', current_database(), '5s');
  exception when insufficient_privilege then null;
  end $$`);
}
