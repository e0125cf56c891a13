import { and, inArray, notInArray } from 'drizzle-orm';
import { connect, schema, type Tx } from '../index.ts';
import { PEOPLE } from './people.ts';
import { rowsOf, type SaleRows } from './rows.ts';
import { otherSales, paidSales } from './sales.ts';
import { framingsOf, type Stock, stockOf } from './stock.ts';

/**
 * Fills an empty shop: 24 editions with their numbered copies, and a past in which every sold copy belongs to a paid order.
 * Ids, instants and amounts are the same in every database. Run again, or in two processes at once, it changes nothing.
 *
 * @param url a migrated database
 * @returns whether this call wrote the rows; false: they were there
 * @throws {SeedError} the catalogue is another one; nothing was written
 */
export async function seed(url: string): Promise<boolean> {
  const connection = connect(url, { max: 1, applicationName: 'once-seed' });
  try {
    // One transaction: the editions are there if and only if everything else is.
    return await connection.db.transaction(write);
  } finally {
    await connection.close();
  }
}

export class SeedError extends Error {
  override readonly name = 'SeedError';
  readonly code: 'SEED_CATALOGUE_DIFFERS';

  constructor(message: string) {
    super(message);
    this.code = 'SEED_CATALOGUE_DIFFERS';
  }
}

async function write(tx: Tx): Promise<boolean> {
  const stock = stockOf();
  const editions = stock.map(({ edition }) => edition);
  const written = await tx.insert(schema.edition).values(editions).onConflictDoNothing().returning();
  if (written.length === 0) return false;
  if (written.length < editions.length) throw new SeedError('some of the seeded prints exist and some do not');
  await refuseTakenSlugs(tx, editions);

  await tx.insert(schema.framing).values(editions.flatMap(framingsOf));
  const sales = [...paidSales(stock), ...otherSales(stock)].map(rowsOf);
  const reserved = sales.filter(({ order }) => order.state === 'reserved');
  await tx.insert(schema.copy).values(copiesOf(stock, sales));
  await writeCarts(tx, reserved);
  await writeSales(tx, sales);
  return true;
}

/** `edition.slug` has no unique index, so whoever writes editions looks. */
async function refuseTakenSlugs(tx: Tx, editions: readonly Stock['edition'][]): Promise<void> {
  const { edition } = schema;
  const slugs = editions.map(({ slug }) => slug);
  const ids = editions.map(({ id }) => id);
  const taken = await tx
    .select({ slug: edition.slug })
    .from(edition)
    .where(and(inArray(edition.slug, slugs), notInArray(edition.id, ids)));
  if (taken.length > 0) throw new SeedError(`another print has the name ${taken.map(({ slug }) => slug).join(', ')}`);
}

/** A sold copy is held by the paid order that has it, for ever; the reserved order holds its own. */
function copiesOf(stock: readonly Stock[], sales: readonly SaleRows[]): (typeof schema.copy.$inferInsert)[] {
  const owners = new Map<string, { id: string; state: 'sold' | 'held' }>();
  for (const { id, order, lines } of sales) {
    if (order.state !== 'paid' && order.state !== 'reserved') continue;
    const state = order.state === 'paid' ? 'sold' : 'held';
    for (const { editionId, number } of lines) owners.set(`${editionId}/${number}`, { id, state });
  }
  return stock.flatMap(({ edition }) =>
    Array.from({ length: edition.copies }, (_, i) => {
      const owner = owners.get(`${edition.id}/${i + 1}`);
      return { editionId: edition.id, number: i + 1, state: owner?.state ?? 'available', heldBy: owner?.id ?? null };
    }),
  );
}

/** Each person has one cart; only the reserved order's still has its lines and its open checkout. */
async function writeCarts(tx: Tx, reserved: readonly SaleRows[]): Promise<void> {
  const open = new Map(reserved.map(({ id, checkout }) => [checkout.cartId, id]));
  await tx.insert(schema.cart).values(
    PEOPLE.map(({ cartId, since }) => ({
      id: cartId,
      checkoutId: open.get(cartId) ?? null,
      createdAt: since,
      updatedAt: since,
    })),
  );
  await tx.insert(schema.cartLine).values(
    reserved.flatMap(({ checkout, lines }) =>
      lines.map(({ editionId, number }) => ({
        cartId: checkout.cartId,
        editionId,
        number,
        holdUntil: checkout.holdUntil,
        addedAt: checkout.createdAt,
      })),
    ),
  );
}

async function writeSales(tx: Tx, sales: readonly SaleRows[]): Promise<void> {
  await tx.insert(schema.checkout).values(sales.map((sale) => sale.checkout));
  await tx.insert(schema.orders).values(sales.map((sale) => sale.order));
  await tx.insert(schema.orderLine).values(sales.flatMap((sale) => sale.lines));
  await tx.insert(schema.payment).values(sales.map((sale) => sale.payment));
  await tx.insert(schema.paymentAttempt).values(sales.flatMap((sale) => sale.attempts));
  await tx.insert(schema.ledgerPosting).values(sales.flatMap((sale) => sale.postings));
  await tx.insert(schema.refund).values(sales.flatMap((sale) => sale.refunds));
  await tx.insert(schema.outbox).values(sales.flatMap((sale) => sale.outbox));
}
