import { sql } from 'drizzle-orm';
import { check, jsonb, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { instant, listed } from './column.ts';

const STEPS = ['minute', 'hour'] as const;
const APPS = ['web', 'worker'] as const;

/**
 * What one process counted in one minute, and in one hour: the history of /metrics. One row for each stretch in which it told
 * without a break, so that a time of which nobody told is seen as such. Pruned by the worker.
 */
export const figure = pgTable(
  'figure',
  {
    step: text('step', { enum: STEPS }).notNull(),
    /** When the minute or the hour begins. */
    slotAt: instant('slot_at').notNull(),
    /** Made up when it started; not a name of anything. */
    process: uuid('process').notNull(),
    /** From when on it told: the beginning of the slot, or later where it had not told before. */
    beganAt: instant('began_at').notNull(),
    app: text('app', { enum: APPS }).notNull(),
    startedAt: instant('started_at').notNull(),
    toldAt: instant('told_at').notNull(),
    /** Counts since `beganAt`, and the highest that a gauge was. Zeros are left out. */
    counts: jsonb('counts').$type<Readonly<Record<string, number>>>().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.step, t.slotAt, t.process, t.beganAt] }),
    check('figure_step', sql`${t.step} in (${listed(STEPS)})`),
    check('figure_app', sql`${t.app} in (${listed(APPS)})`),
  ],
);
