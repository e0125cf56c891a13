// What stands between this client and Postgres. A pooler in transaction mode gives one server session to several
// clients; the library keeps no session state, but a driver's prepared statements are some.
import type { Connected } from './connect.ts';
import type { Finding } from './doctor.ts';

export async function examinePooling(connected: Connected): Promise<Finding[]> {
  const [ours, other] = [await connected.another({ prepare: true }), await connected.another({ prepare: true })];
  try {
    if (!(await sharesSessions(ours, other))) {
      return [{ verdict: 'ok', what: 'connections are not shared: none is pooled, or by session' }];
    }
    const pooled: Finding = { verdict: 'ok', what: 'connections are pooled by transaction' };
    if (!(await losesPrepared(ours, other))) {
      return [pooled, { verdict: 'ok', what: 'prepared statements survive the pooler' }];
    }
    const fix =
      'PgBouncer 1.21 with max_prepared_statements = 200, or a driver that prepares none ({ prepare: false }).';
    return [pooled, { verdict: 'fail', what: 'the pooler loses prepared statements', fix }];
  } finally {
    await Promise.all([ours.close(), other.close()]);
  }
}

/** A setting that one client makes for its session, and the other finds in its own. */
async function sharesSessions(ours: Connected, other: Connected): Promise<boolean> {
  const mark = `once-${process.pid}-${Date.now()}`;
  await ours.query("select set_config('once_idempotency.probe', $1::text, false)", [mark]);
  try {
    const [row] = await other.query("select current_setting('once_idempotency.probe', true) as mark");
    return row?.['mark'] === mark;
  } finally {
    await ours.query("select set_config('once_idempotency.probe', '', false)");
  }
}

/** Both prepare the same statement, then each runs it while the other is inside a transaction on the shared session. */
async function losesPrepared(ours: Connected, other: Connected): Promise<boolean> {
  const sql = 'select $1::text as it';
  const swapped = (a: Connected, b: Connected) =>
    a.database.transaction(async (_tx, query) => {
      await query(sql, ['1']);
      await b.query(sql, ['2']);
    });
  try {
    await ours.query(sql, ['0']);
    await swapped(other, ours);
    await swapped(ours, other);
    return false;
  } catch (error) {
    if (/^(26000|42P05)$/.test(String((error as { code?: unknown }).code))) return true;
    throw error;
  }
}
