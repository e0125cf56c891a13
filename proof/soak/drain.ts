import { setTimeout as pause } from 'node:timers/promises';
import type postgres from 'postgres';

const TURN_MS = 500;
const WITHIN_MS = 180_000;

/**
 * Nothing goes wrong any more, and time passes, until nothing is under way: holds end, what waits is due.
 *
 * @param since when the soak began, by the database's clock
 * @param attend what a person does about whatever waits for one
 * @returns what is still under way, by name: nothing, where the shop is as live as it says
 */
export async function drain(
  sql: postgres.Sql,
  since: string,
  attend: () => Promise<void>,
): Promise<Readonly<Record<string, number>>> {
  let left: Record<string, number> = {};
  for (const end = Date.now() + WITHIN_MS; Date.now() < end; await pause(TURN_MS)) {
    try {
      await passTime(sql, since);
      await attend();
      left = await underWay(sql, since);
    } catch {
      continue; // the server is coming back
    }
    if (Object.keys(left).length === 0) break;
    console.error(`   under way: ${JSON.stringify(left)}`);
  }
  return left;
}

async function passTime(sql: postgres.Sql, since: string): Promise<void> {
  await sql`
    update checkout set hold_until = statement_timestamp()
    where state = 'open' and hold_until > statement_timestamp() and created_at >= ${since}::text::timestamptz`;
  await sql`
    update cart_line set hold_until = statement_timestamp()
    where hold_until > statement_timestamp() and added_at >= ${since}::text::timestamptz`;
  // What waits, and not what somebody is at: that has a lease.
  await sql`update idempotency.record set due_at = statement_timestamp() where state = 1 and due_at > statement_timestamp()`;
  await sql`update payment set ask_at = statement_timestamp() where ask_at > statement_timestamp()`;
  await sql`update refund set ask_at = statement_timestamp() where ask_at > statement_timestamp()`;
  await sql`
    update provider_event set due_at = statement_timestamp()
    where applied_at is null and parked_at is null and due_at > statement_timestamp() and tries > 0`;
}

async function underWay(sql: postgres.Sql, since: string): Promise<Record<string, number>> {
  const [row = {}] = await sql<Record<string, number>[]>`
    select
      (select count(*)::int from idempotency.record where state in (0, 1)) as operations,
      (select count(*)::int from orders where state = 'reserved' and created_at >= ${since}::text::timestamptz) as orders,
      (select count(*)::int from checkout where state = 'open' and created_at >= ${since}::text::timestamptz) as checkouts,
      (select count(*)::int from payment p join orders o on o.id = p.order_id
        where o.created_at >= ${since}::text::timestamptz and p.state in ('new', 'requires_action', 'processing')) as payments,
      (select count(*)::int from refund where state = 'pending' and created_at >= ${since}::text::timestamptz) as refunds,
      (select count(*)::int from copy c join edition e on e.id = c.edition_id
        where c.state = 'held' and e.published_at >= ${since}::text::timestamptz) as held,
      (select count(*)::int from provider_event where applied_at is null and parked_at is null) as events,
      (select count(*)::int from outbox where delivered_at is null and dead_at is null
        and created_at >= ${since}::text::timestamptz) as mails`;
  return Object.fromEntries(Object.entries(row).filter(([, count]) => count > 0));
}
