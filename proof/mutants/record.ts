import { library } from './killers.ts';
import type { Mutant } from './mutant.ts';

const LIBRARY = 'packages/idempotency/src';
const STATEMENTS = 'packages/idempotency/src/statements.ts';

/** Mistakes with who holds a record, how long, and what becomes of it. */
export const RECORD: readonly Mutant[] = [
  {
    name: 'no fence',
    breaks: 'whoever has lost a record to another still writes its outcome',
    changes: [
      {
        file: STATEMENTS,
        from: 'and fence = $2::text::integer and state = 0 returning fence::text`;',
        to: 'and $2::text is not null and state = 0 returning fence::text`;',
      },
    ],
    killer: library('fence', 'a stale holder cannot settle while its successor is in flight: not one row is kept'),
  },
  {
    name: 'fence not raised',
    breaks: 'a taking gives the new holder the number of the old one',
    changes: [
      {
        file: STATEMENTS,
        from: 'set state = 0, fence = fence + 1, failed_tries = failed_tries + 1',
        to: 'set state = 0, failed_tries = failed_tries + 1',
      },
    ],
    killer: library('fence', 'a stale holder whose phase is open when the takeover commits loses it at the fence'),
  },
  {
    name: 'a lost fence is no error',
    breaks: 'the phase of a stale holder commits without its record',
    changes: [
      {
        file: `${LIBRARY}/phase.ts`,
        from: '      if (row === undefined) throw leaseLost(engine, run);\n      return moved;',
        to: '      if (row === undefined) leaseLost(engine, run);\n      return moved;',
      },
    ],
    killer: library('fence', 'a stale holder whose phase is open when the takeover commits loses it at the fence'),
  },
  {
    name: 'taken while it is held',
    breaks: 'a record changes hands while its lease runs',
    changes: [
      {
        file: STATEMENTS,
        from: 'and state in (0, 1) and due_at <= statement_timestamp()\n  ${taken}',
        to: 'and state in (0, 1)\n  ${taken}',
      },
    ],
    killer: library('takeover', 'of 24 callers and 4 workers on a lapsed record one takes over'),
  },
  {
    name: 'a lease by now()',
    breaks: 'in a long transaction the time stands still, and a lease that it writes has begun to run out',
    changes: [
      {
        file: STATEMENTS,
        from: '`statement_timestamp() + ${milliseconds}::text::interval`',
        to: '`now() + ${milliseconds}::text::interval`',
      },
    ],
    killer: library('statements', '%s: the clock is statement_timestamp() alone, and stands nowhere in RETURNING'),
  },
  {
    name: 'the clock of the process',
    breaks: 'a server whose clock is wrong thinks that a call was sent long ago, or never',
    changes: [
      {
        file: STATEMENTS,
        from: '(extract(epoch from due_at - advanced_at) * 1000)',
        to: '(extract(epoch from advanced_at) * 1000)',
      },
      {
        file: `${LIBRARY}/takeover.ts`,
        from: "(Number(row['lease_end_age_ms']) - engine.leaseMs),",
        to: "(Date.now() - Number(row['lease_end_age_ms'])),",
      },
    ],
    killer: library('clock', 'takes over nothing that another holds, and everything that is due'),
  },
  {
    name: 'a lease that no commit renews',
    breaks: 'the second phase runs under what is left of the first lease, and is taken over in the middle',
    changes: [
      {
        file: STATEMENTS,
        from: "advanced_at = statement_timestamp(), due_at = ${later('$5')}",
        to: 'advanced_at = statement_timestamp(), due_at = case when $5::text is null then null else due_at end',
      },
    ],
    killer: library('takeover', 'every commit renews the lease, so that the next phase has all of it'),
  },
  {
    name: 'park forgotten',
    breaks: 'a record that always throws is tried for ever, and nobody is told',
    changes: [
      {
        file: `${LIBRARY}/takeover.ts`,
        from: 'run.failedTries > engine.maxTries',
        to: 'run.failedTries > engine.maxTries * 1e9',
      },
    ],
    killer: library(
      'worker',
      'a record that always throws is tried up to maxTries, then parked with an event, never dropped',
    ),
  },
  {
    name: 'waiting is failing',
    breaks: 'a payment that its bank takes days for is given up',
    changes: [
      {
        file: STATEMENTS,
        from: 'failed_tries = case when $4::text is null then failed_tries else 0 end',
        to: 'failed_tries = failed_tries + 0',
      },
    ],
    killer: library('waiting', 'waiting is no failed try, however often: it is never parked'),
  },
  {
    name: 'woken in flight',
    breaks: 'an event takes a record out of the hands of whoever works on it',
    changes: [
      {
        file: STATEMENTS,
        from: "${logged('wake', '$2', '$3')}\n  where id = $1::text::uuid and state in (1, 4)",
        to: "${logged('wake', '$2', '$3')}\n  where id = $1::text::uuid and state in (0, 1, 4)",
      },
    ],
    killer: library('waiting', 'a record in flight is not woken: its holder will say when it is due'),
  },
  {
    name: 'unguarded expiry',
    breaks: 'what is old expires, also when it is not settled',
    changes: [
      {
        file: STATEMENTS,
        from: 'where state in (2, 3, 5) and retained_until <= statement_timestamp()\n  order by retained_until',
        to: 'where coalesce(retained_until, created_at) <= statement_timestamp()\n  order by retained_until',
      },
      {
        file: STATEMENTS,
        from: 'where record.id = candidate.id and state in (2, 3) and retained_until <= statement_timestamp()',
        to: 'where record.id = candidate.id and state < 5 and coalesce(retained_until, created_at) <= statement_timestamp()',
      },
      {
        file: STATEMENTS,
        from: 'set state = 5, input = null, progress = null, outcome = null, retained_until',
        to: 'set state = 5, input = null, progress = null, outcome = null, due_at = null, retained_until',
      },
    ],
    killer: library('expiry', 'only what is settled expires: never what is in flight, waits or is parked, however old'),
  },
  {
    name: 'tombstone executed again',
    breaks: 'a key whose outcome is not kept any more runs once more',
    changes: [
      {
        file: `${LIBRARY}/protocol.ts`,
        from: 'asking.claiming === undefined || !asking.rerunExpired || again',
        to: 'asking.claiming === undefined || again',
      },
    ],
    killer: library(
      'expiry',
      'past its retention a record becomes a tombstone: the key is known, the outcome is gone, nothing executes',
    ),
  },
];
