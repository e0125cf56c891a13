import { type Db, schema, type Tx } from '@once/db';
import { and, eq, sql } from 'drizzle-orm';
import { CLOCKS_APART_MS } from '../lost-intent.ts';

const { audit, checkout } = schema;

// What is kept of a restore stands in the audit, under ids that are made from the instant that the database was restored to:
// restored to it once more, or to an earlier one, these rows are gone, and everything is compared again.

/** Of all that was bought since then the database may know nothing. */
export interface Restore {
  readonly restoredTo: Date;
}

/** Whether the shop may sell: always, but for the time after a restore until the comparison is through. */
export interface Opening {
  isOpen(): Promise<boolean>;
}

/** @param restore undefined: there was none */
export function opening(db: Db, restore: Restore | undefined): Opening {
  let isKnownOpen = restore === undefined;
  return {
    async isOpen() {
      if (!isKnownOpen && restore) isKnownOpen = await isCompared(db, restore);
      return isKnownOpen;
    },
  };
}

export async function isCompared(db: Db, restore: Restore): Promise<boolean> {
  const found = await db.select({ id: audit.id }).from(audit).where(isRow(restore, 'restore.compared'));
  return found.length > 0;
}

/**
 * From when on the provider is asked for what it has: a little before the last thing that the database knows of an order,
 * also where it was restored to an earlier instant than somebody says. Kept, since the comparison writes of orders itself.
 */
export async function begin(db: Db, restore: Restore): Promise<Date> {
  const last = sql`(select max(at) from audit where action like 'order.%' or action like 'attempt.%')`;
  const restoredTo = restore.restoredTo.toISOString();
  await db.execute(sql`
    insert into audit (subject_id, id, actor, action, detail)
    select ${NO_ORDER}::uuid, ${idOf(restore, 'restore.begun')}::uuid, 'worker', 'restore.begun', jsonb_build_object(
      'restoredTo', ${restoredTo}::text, 'sinceMs', floor(extract(epoch from least(${restoredTo}::text::timestamptz, ${last})) * 1000))
    on conflict do nothing`);
  const [begun] = await db.select({ detail: audit.detail }).from(audit).where(isRow(restore, 'restore.begun'));
  return new Date(Number(begun?.detail?.['sinceMs']) - CLOCKS_APART_MS);
}

/**
 * Opens the shop, once, whichever worker is through first. Attempts of the lost time were sent under keys that come again
 * now: the provider would refuse them, or answer for another card. So all numbers go on from one that nobody has had.
 *
 * @returns false: somebody was first
 */
export async function finish(tx: Tx, restore: Restore, found: Readonly<Record<string, number>>): Promise<boolean> {
  const written = await tx
    .insert(audit)
    .values({
      ...{ subjectId: NO_ORDER, id: idOf(restore, 'restore.compared'), actor: 'worker', action: 'restore.compared' },
      detail: { restoredTo: restore.restoredTo.toISOString(), ...found },
    })
    .onConflictDoNothing()
    .returning({ id: audit.id });
  if (written.length === 0) return false;
  // Seconds: more than anybody can be refused meanwhile, should the same database be restored a second time.
  await tx
    .update(checkout)
    .set({
      refusals: sql`greatest(${checkout.refusals} + 1,
        extract(epoch from statement_timestamp() - timestamptz '2020-01-01 00:00:00Z')::int)`,
    })
    .where(eq(checkout.state, 'open'));
  return true;
}

const NO_ORDER = '00000000-0000-0000-0000-000000000000';

type Row = 'restore.begun' | 'restore.compared';

const isRow = (restore: Restore, row: Row) => and(eq(audit.subjectId, NO_ORDER), eq(audit.id, idOf(restore, row)));

/** A UUIDv7 without anything random in it. */
function idOf({ restoredTo }: Restore, row: Row): string {
  const ms = restoredTo.getTime().toString(16).padStart(12, '0');
  return `${ms.slice(0, 8)}-${ms.slice(8)}-7000-8000-00000000000${row === 'restore.begun' ? 0 : 1}`;
}
