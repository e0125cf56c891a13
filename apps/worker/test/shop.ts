import { type Connection, connect, type Db } from '@once/db';
import { seed } from '@once/db/seed';
import { testDatabase } from '@once/local-postgres/testing';
import { sql } from 'drizzle-orm';

export interface TestShop {
  readonly url: string;
  readonly db: Db;
  /** Makes receipts of that many paid orders due, as if they had just been paid. @returns the orders' ids */
  owe(receipts: number): Promise<string[]>;
  outbox(orderId: string): Promise<OutboxRow>;
  /** Lets every lease and every pause between two tries have ended. A second ago: columns round to milliseconds, up too. */
  age(): Promise<void>;
  close(): Promise<void>;
}

export interface OutboxRow extends Record<string, unknown> {
  readonly tries: number;
  readonly delivered: boolean;
  readonly due: boolean;
  readonly last_error: string | null;
}

/** The seeded shop on a database of its own. */
export async function openShop(): Promise<TestShop> {
  const { url } = await testDatabase('shop');
  await seed(url);
  const connection: Connection = connect(url);
  const { db } = connection;
  return {
    url,
    db,
    owe: async (receipts) => {
      const rows = await db.execute<{ id: string }>(sql`
        update outbox set delivered_at = null, tries = 0, due_at = statement_timestamp() - interval '1 second'
        where order_id in (select id from orders where state = 'paid' order by id limit ${receipts}) returning order_id as id`);
      return rows.map(({ id }) => id);
    },
    outbox: async (orderId) => {
      const [row] = await db.execute<OutboxRow>(sql`
        select tries, delivered_at is not null as delivered, due_at <= statement_timestamp() as due, last_error
        from outbox where order_id = ${orderId}`);
      if (!row) throw new RangeError(`no outbox row for ${orderId}`);
      return row;
    },
    age: async () => {
      await db.execute(
        sql`update outbox set due_at = statement_timestamp() - interval '1 second' where delivered_at is null`,
      );
    },
    close: () => connection.close(),
  };
}
