// Where a schedule has led, as one short text: what is in the database and at the provider, which answers are still to be
// lost, and for each process all that it has heard so far, which is what it will act on. Two schedules that lead to the
// same text go on alike. No ids but the order's own, and past or future instead of times: those differ from play to play.
import { createHash } from 'node:crypto';
import type { Actor } from './actor.ts';
import { FIXED, STORED, type Stage } from './stage.ts';

export async function stateOf(stage: Stage, actors: readonly Actor[]): Promise<string> {
  const rows = await stage.admin.unsafe<{ row: string }[]>(EVERY_ROW);
  const parts = [
    ...rows.map(({ row }) => plain(row)).sort(),
    plain(JSON.stringify(stage.provider.snapshot())),
    stage.losses.snapshot(),
    String(stage.errors.length),
    ...actors.map(
      ({ name, end, heard }) => `${name} ${end ? 'ended' : 'stands'} ${heard.map((one) => plain(one)).join('\n')}`,
    ),
  ];

  return createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22);
}

const EVERY_ROW = STORED.map((table) => `select '${table} ' || to_jsonb(t)::text as row from ${table} t`).join(
  ' union all ',
);

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d(?::?\d\d)?)?/g;
const TRANSACTION_ID = /"written_by":"\d+"/g;
/** Before or after now is what a guard asks; how long is the machine's doing. */
const DURATION = /("\w+_ms":)"?(-?)\d+(?:\.\d+)?"?/g;

const plain = (text: string): string =>
  text
    .replace(UUID, (id) => (id.includes(FIXED) ? id : 'an id'))
    .replace(TIME, (time) => (Date.parse(time) <= Date.now() ? 'past' : 'future'))
    .replace(TRANSACTION_ID, '')
    .replace(DURATION, '$1$2');
