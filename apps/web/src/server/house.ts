import { type Db, schema } from '@once/db';
import { eq, sql } from 'drizzle-orm';

// What every page's frame shows. Neither may take a page down, so a database that is away shows nothing here.

/** How many prints are in the cart; null: not known. */
export async function countCart(db: Db, found: Promise<string | null>): Promise<number | null> {
  try {
    const cartId = await found;
    if (cartId === null) return 0;
    return await db.$count(schema.cartLine, eq(schema.cartLine.cartId, cartId));
  } catch {
    return null;
  }
}

export interface Figures {
  readonly sold: number;
  readonly paidOrders: number;
  readonly charges: number;
}

const FRESH_MS = 10_000;
let known: { readonly figures: Promise<Figures | null>; readonly atMs: number } | undefined;

/** The sentence that must stay true, in figures at most ten seconds old. */
export function houseFigures(db: Db): Promise<Figures | null> {
  const nowMs = performance.now();
  if (!known || nowMs - known.atMs > FRESH_MS) known = { figures: countHouse(db), atMs: nowMs };
  return known.figures;
}

async function countHouse(db: Db): Promise<Figures | null> {
  try {
    const [row] = await db.execute<{ sold: number; paid_orders: number; charges: number }>(sql`
      select (select count(*)::int from ${schema.copy} where state = 'sold') as sold,
             (select count(*)::int from ${schema.orders} where paid_at is not null) as paid_orders,
             (select count(*)::int from ${schema.ledgerPosting} where kind = 'charge') as charges`);
    return row ? { sold: row.sold, paidOrders: row.paid_orders, charges: row.charges } : null;
  } catch {
    known = undefined;
    return null;
  }
}
