// What a library better than its peers must have, point by point, and where each is tested. A row names a test file and
// the words with which its tests begin; this file checks that they are there and can fail, the tests do the rest.
import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { expectTested, type TestedBy } from './titles.ts';

interface Point {
  readonly must: string;
  readonly by: TestedBy;
  /** Where it was decided otherwise, how. */
  readonly instead?: string;
}

const points: Readonly<Record<number, Point>> = {
  1: {
    must: 'claim, business rows and answer are one commit, whoever is killed when',
    by: {
      kill: ['a process killed by SIGKILL at %s leaves nothing undone and nothing twice'],
      rollback: ['a throw undoes writes and key and passes through untouched'],
      within: ['key, writes and answer commit with the caller’s transaction', 'and vanish with it'],
    },
  },
  2: {
    must: 'a COMMIT without an answer is found out about before anything is decided',
    by: {
      commit: [
        'a transaction whose COMMIT is cut %s the server has it once, and the caller hears it',
        'a record that somebody has taken over while our COMMIT was undecided is theirs',
      ],
    },
  },
  3: {
    must: 'no transaction is open during a call to the outside',
    by: { call: ['no transaction is open during a call'] },
  },
  4: {
    must: 'one statement claims: of many processes on many keys, one executes each',
    by: {
      claim: ['of 24 callers of a fresh key one executes', 'of 24 callers of a fresh workflow one runs each phase'],
      processes: ['of 4 processes that want the same 1 500 keys one executes each'],
    },
  },
  5: {
    must: 'every later write carries the fence: a holder that was frozen can write nothing',
    by: {
      processes: ['a process frozen at %s and woken after its successor has settled writes nothing'],
      fence: ['a stale holder cannot settle while its successor is in flight'],
      expiry: [
        'a workflow may be declared so: it runs again from its first phase, and a holder of its first life cannot',
      ],
    },
  },
  6: {
    must: 'losers never write',
    by: {
      refusal: [
        'whoever is refused writes nothing',
        'the same key with another input is refused, and the record stays',
      ],
      duplicate: ['a duplicate that gives up leaves nothing behind'],
    },
  },
  7: {
    must: 'the effect decides what is kept: nothing, an unknown, or an outcome',
    by: {
      rollback: ['a throw in the first phase of a workflow stores nothing', 'a rejection is stored with the writes'],
      call: ['while the lookup does not know, it stays unknown and nothing is sent', 'a decline is stored'],
    },
  },
  8: {
    must: 'past the other side’s memory nothing is sent again',
    by: { horizon: ['past resendWithinMs nothing is sent again', 'the horizon counts from the last commit'] },
  },
  9: {
    must: 'the key that is sent downstream is the same in every try, and survives the record',
    by: {
      call: ['a derived key is the same in every try and after the record is lost'],
      canonical: ['the id of a record, its fingerprint and its derived key never change'],
    },
  },
  10: {
    must: 'the fingerprint is of the canonical input, taken before anything runs',
    by: {
      canonical: ['of %j is %s', 'reads back as the value, and two values have one text only if they are equal'],
      input: ['%s', '%s is refused with a typed error, and nothing is stored', 'an input that its operation changes'],
    },
    instead: 'no version tag: the canonical form is RFC 8785 and a test pins it; a keyed fingerprint names its key',
  },
  11: {
    must: 'another input is refused before in flight, and in flight says when to come back',
    by: {
      refusal: [
        'another input is a mismatch before it is in flight',
        'in flight tells how long the lease runs at most',
      ],
      duplicate: ['a duplicate waits for the first caller', 'with waitMs 0 a duplicate is refused at once'],
    },
  },
  12: {
    must: 'scopes never meet',
    by: {
      claim: ['the same key in another scope or another operation is another operation'],
      input: ['in 10 000 tries scopes, operations and keys never meet'],
    },
  },
  13: {
    must: 'one clock, the database’s',
    by: {
      clock: [
        'takes over nothing that another holds, and everything that is due',
        'writes leases, waits and retention',
      ],
      statements: ['%s: the clock is statement_timestamp() alone'],
    },
  },
  14: {
    must: 'the lease is not the retention: an abandoned record is taken over as soon as its lease lapses',
    by: {
      takeover: [
        'while the lease runs nobody takes over',
        'a caller that waits takes over as soon as the lease lapses',
      ],
      replay: ['retention counts from the settling, not from the claim'],
    },
    instead: 'no heartbeat: every commit renews the lease, and a call has its deadline inside it',
  },
  15: {
    must: 'the body goes first, the key later, and an expired key executes again only where that was asked for',
    by: {
      expiry: [
        'past its retention a record becomes a tombstone',
        'past its time as a tombstone the row goes',
        'only who asks for it executes an expired key again',
      ],
    },
  },
  16: {
    must: 'workers purge in batches, in any number, and never what is unsettled',
    by: {
      expiry: [
        'only what is settled expires',
        '6 workers at once, over more than one batch',
        'a worker that was killed half-way leaves whole records',
      ],
      statements: ['the worker finds its candidates by the partial indexes'],
    },
    instead: 'no SKIP LOCKED: candidates are read without a lock and moved by guarded statements',
  },
  17: {
    must: 'a first run costs one round trip more, a replay one SELECT and no write',
    by: {
      trips: ['a transaction takes ', 'a hinted replay is one round trip'],
      replay: ['a replay writes nothing (replayHint %s): no row, no byte of WAL'],
    },
  },
  18: {
    must: 'all isolation levels, serialization failures and deadlocks are handled',
    by: {
      isolation: ['of 12 callers of a fresh key one executes', 'of 12 callers of an abandoned workflow one takes over'],
      commit: ['a serialization failure runs the transaction again, not the caller'],
      duplicate: ['a lock_timeout of the role ends one turn of waiting'],
    },
  },
  19: {
    must: 'no session state, and a pool of one connection is enough',
    by: {
      statements: ['%s: one plain statement, no lock, no session state'],
      connection: ['a pool of one connection is enough for callers, duplicates and calls at once'],
    },
  },
  20: {
    must: 'the table is durable, and only a migration changes the schema',
    by: {
      migrate: ['the table is durable, and one that somebody has made UNLOGGED is refused', 'nothing but migrate'],
    },
  },
  21: {
    must: 'a store that is down refuses, and tells to come back with the same key',
    by: { commit: ['while no database answers the caller is told to come back with the same key'] },
    instead: 'there is no failing open: whoever wants that calls the operation without a key',
  },
  22: {
    must: 'a replay is byte-exact, of limited size, and may be sealed',
    by: {
      duplicate: ['every retry gets the same bytes, for a yes and for a no'],
      large: ['%s that is larger is returned once, and a retry is refused instead of executed'],
      seal: [
        'holds no input, progress, details or outcome in clear',
        'a retry across a rotation is the same request',
        'where %s, everybody is refused and the record is untouched',
        'find shows it to those who hold the key, as redact leaves it',
      ],
      'http/http': [
        'a replay has the status, the bytes and the kept headers',
        'a body that is %s is replayed to the byte',
      ],
      'http/handler': ['cookies and authentication can never be stored'],
    },
  },
  23: {
    must: 'a quoted and a bare key are the same; a malformed or repeated header is refused as a problem',
    by: {
      'http/key': ['a header that comes twice is refused', 'every key comes back from its quoted form'],
      'http/http': ['a key in quotes is the key without them', 'without a key, with a malformed one or with two'],
    },
  },
  24: {
    must: 'tRPC: a key per call of a batch, the path as operation; a hook that keeps the attempt',
    by: {
      'trpc/trpc': ['two mutations in one HTTP batch keep two keys', 'runs once, and its result comes back'],
      'react/attempt': ['whatever tabs keep in whatever order', 'the server’s count starts a new attempt only'],
    },
    instead: 'server actions have no wrapper of their own: once.transaction is called in them as anywhere',
  },
  25: {
    must: 'workers resume at the last phase, back off, give up loudly, and know versions',
    by: {
      worker: [
        'of 120 abandoned records 6 workers take each exactly once',
        'a record that always throws is tried up to maxTries, then parked with an event',
        'a phase that throws is counted, waits for a backoff',
        'stop lets the record in hand come to its end',
      ],
      version: ['records that nobody’s worker knows are refused loudly', 'one worker finishes several operations'],
      waiting: ['when it is due it is looked up'],
    },
  },
  26: {
    must: 'operators look, park, wake and resolve; every transition is an event, a span and a figure',
    by: {
      operator: ['a parked record is left alone', 'an operator resolves a parked call'],
      events: ['each transition of a payment is one event, in order', 'these tests have seen every name'],
      otel: ['a try is a span with its transitions as events'],
    },
  },
  27: {
    must: 'tests for users’ own operations, and a contract for adapters, are shipped',
    by: {
      takeover: ['the crash points of a workflow are all that a run passes, in order', 'after a crash at %s'],
      'every-crash': [
        'an operation as it should be survives every mishap',
        'a provider key that is another one in every try',
        'an effect inside a transaction, which runs again',
      ],
      'adapters/built': ['on Node '],
    },
  },
};

test.each(Object.entries(points))('point %s of the 27 is tested where its row says', async (_number, { by }) => {
  await expectTested(by);
});

test('every point of the 27 has its row', () => {
  const numbers = Object.keys(points)
    .map(Number)
    .sort((a, b) => a - b);
  expect(numbers).toEqual(Array.from({ length: 27 }, (_, n) => n + 1));
});

test('no test is skipped, and none runs alone', async () => {
  const folder = new URL('./', import.meta.url);
  for (const name of (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.test.ts'))) {
    const code = await readFile(new URL(name, folder), 'utf8');
    expect(`${name} ${/\b(test|describe|it)\.(skip|only|todo|fails)\b/.exec(code)?.[0] ?? 'runs'}`).toBe(
      `${name} runs`,
    );
  }
});
