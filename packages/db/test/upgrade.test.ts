// Two versions run side by side while a release goes out: the older one must find everything that it knows (docs/running.md).
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const FOLDER = fileURLToPath(new URL('../migrations', import.meta.url));
/** Those before it came before anybody ran the shop in earnest. */
const FIRST = '0007';
const all = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.sql'))
  .sort();

/** Statements that take something away from a version that still runs, or want of it what it cannot know. */
function takenAway(migration: string): string[] {
  const statements = migration
    .replaceAll(/--(?!> ).*$/gm, '')
    .split(/;|--> statement-breakpoint/)
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim());
  return statements.filter((statement) => BREAKING.some((breaks) => breaks.test(statement)));
}

const BREAKING = [
  /\bdrop (table|column|view|schema|type|function)\b/i,
  /\brename\b/i,
  /\balter column \S+ (set data )?type\b/i,
  /\bset not null\b/i,
  /\balter column \S+ drop default\b/i,
  /\badd column (?!.*\bdefault\b).*\bnot null\b/i,
  /^truncate\b/i,
];

/** `-- contracts 0007_name`: nothing uses it since the release that had that migration. */
const contracted = (migration: string) => /^-- contracts (\d{4}_\w+)$/m.exec(migration)?.[1];

it.each(all.filter((name) => name >= FIRST))('%s takes nothing away from the version that still runs', (name) => {
  const migration = readFileSync(`${FOLDER}/${name}`, 'utf8');
  const earlier = contracted(migration);
  if (earlier === undefined) expect(takenAway(migration)).toEqual([]);
  else expect(all.filter((other) => other < name)).toContain(`${earlier}.sql`);
});

it.each([
  'ALTER TABLE "orders" DROP COLUMN "region";',
  'ALTER TABLE "orders"\n  RENAME COLUMN "region" TO "province";',
  'DROP TABLE "promotion";',
  'ALTER TABLE "orders" ALTER COLUMN "total_minor" SET DATA TYPE bigint;',
  'ALTER TABLE "orders" ALTER COLUMN "region" SET NOT NULL;',
  'ALTER TABLE "orders" ADD COLUMN "gift" text NOT NULL;',
  'ALTER TABLE "orders" ADD COLUMN "a" text;--> statement-breakpoint\nALTER TABLE "x" RENAME TO "y";',
])('is seen to take away: %s', (migration) => {
  expect(takenAway(migration)).toHaveLength(1);
});

it.each([
  'ALTER TABLE "orders" ADD COLUMN "gift" text;',
  `ALTER TABLE "orders" ADD COLUMN "gift" text DEFAULT '' NOT NULL;`,
  'CREATE TABLE "gift" ("id" uuid PRIMARY KEY, "word" text NOT NULL);',
  '-- drop table "orders" in the next release\nCREATE INDEX "a" ON "orders" ("region");',
  'DROP INDEX "outbox_due";',
])('only adds: %s', (migration) => {
  expect(takenAway(migration)).toEqual([]);
});
