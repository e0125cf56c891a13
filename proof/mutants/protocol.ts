import type { Killer, Mutant } from './mutant.ts';

const SRC = 'packages/idempotency/src';
const STATEMENTS = `${SRC}/statements.ts`;
const test = (file: string, title: string): Killer => ({
  layer: 'library',
  file: `packages/idempotency/test/${file}.test.ts`,
  title,
});

/** Mistakes in the library. */
export const PROTOCOL: readonly Mutant[] = [
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
    killer: test('fence', 'a stale holder cannot settle while its successor is in flight: not one row is kept'),
  },
  {
    name: 'no fence, seen by the model',
    breaks: 'the same, where the model’s guards are made of the SQL',
    changes: [
      {
        file: STATEMENTS,
        from: 'and fence = $2::text::integer and state = 0 returning fence::text`;',
        to: 'and $2::text is not null and state = 0 returning fence::text`;',
      },
    ],
    killer: {
      layer: 'model',
      file: 'proof/test/model.test.ts',
      title: 'the model’s states and transitions are the library’s',
    },
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
    killer: test('fence', 'a stale holder whose phase is open when the takeover commits loses it at the fence'),
  },
  {
    name: 'a lost fence is no error',
    breaks: 'the phase of a stale holder commits without its record',
    changes: [
      {
        file: `${SRC}/phase.ts`,
        from: '      if (row === undefined) throw leaseLost(engine, run);\n      return moved;',
        to: '      if (row === undefined) leaseLost(engine, run);\n      return moved;',
      },
    ],
    killer: test('fence', 'a stale holder whose phase is open when the takeover commits loses it at the fence'),
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
    killer: test('takeover', 'of 24 callers and 4 workers on a lapsed record one takes over'),
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
    killer: test('statements', '%s: the clock is statement_timestamp() alone, and stands nowhere in RETURNING'),
  },
  {
    name: 'the clock of the process',
    breaks: 'a server whose clock is wrong gives leases that are over, or never end',
    changes: [
      {
        file: `${SRC}/state.ts`,
        from: "  dueInMs: optional(row['due_in_ms']),\n});",
        to: "  dueInMs: row['due_in_ms'] == null ? null : Number(row['due_in_ms']) - (Date.now() % 86_400_000),\n});",
      },
    ],
    killer: test('clock', 'takes over nothing that another holds, and everything that is due'),
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
    killer: test('takeover', 'every commit renews the lease, so that the next phase has all of it'),
  },
  {
    name: 'fingerprint not compared',
    breaks: 'another request under the same key gets the first one’s answer',
    changes: [
      {
        file: `${SRC}/state.ts`,
        from: "  if (fingerprints?.includes(found.fingerprint) === false) return { kind: 'mismatch' };\n",
        to: "  if (fingerprints?.length === 0) return { kind: 'mismatch' };\n",
      },
    ],
    killer: test('refusal', 'the same key with another input is refused, and the record stays as it is'),
  },
  {
    name: 'in flight before mismatch',
    breaks: 'who sent something else under the key is told to come back for it',
    changes: [
      {
        file: `${SRC}/state.ts`,
        from: "  if (fingerprints?.includes(found.fingerprint) === false) return { kind: 'mismatch' };\n",
        to: "  if (found.state !== 'in_flight' && fingerprints?.includes(found.fingerprint) === false) return { kind: 'mismatch' };\n",
      },
    ],
    killer: test('refusal', 'another input is a mismatch before it is in flight: nobody is told to come back for it'),
  },
  {
    name: 'key scope left out',
    breaks: 'the same key of two customers is one operation',
    changes: [
      {
        file: `${SRC}/identity.ts`,
        from: "const hex = digest(scope, operation, key).toString('hex');",
        to: "const hex = digest(scope.slice(0, 0), operation, key).toString('hex');",
      },
    ],
    killer: test('claim', 'the same key in another scope or another operation is another operation'),
  },
  {
    name: 'parts run together',
    breaks: '(ab, c) and (a, bc) are the same identity',
    changes: [
      {
        file: `${SRC}/identity.ts`,
        from: 'hash.update(`${Buffer.byteLength(part)}:`).update(part)',
        to: 'hash.update(part)',
      },
    ],
    killer: test('claim', '(ab, c) and (a, bc) do not meet'),
  },
  {
    name: 'members as they come',
    breaks: 'a retry whose members stand in another order is another request',
    changes: [
      {
        file: `${SRC}/canonical.ts`,
        from: '    .sort(([a], [b]) => (a < b ? -1 : 1)) // by UTF-16 code units\n',
        to: '',
      },
    ],
    killer: test('canonical', 'does not depend on the order of members'),
  },
  {
    name: 'random provider key',
    breaks: 'each try of a call is another request for the provider',
    changes: [
      {
        file: `${SRC}/identity.ts`,
        from: "`once_${digest(scope, operation, key, call).toString('base64url')}`",
        to: "`once_${digest(scope, operation, key, call, String(Math.random())).toString('base64url')}`",
      },
    ],
    killer: test(
      'call',
      'a derived key is the same in every try and after the record is lost, and another for another phase',
    ),
  },
  {
    name: 'provider key by the fence',
    breaks: 'whoever takes over sends under another key',
    changes: [
      {
        file: `${SRC}/call.ts`,
        from: 'derivedKey(run.request, phase.name),',
        to: 'derivedKey(run.request, `${phase.name}${run.fence}`),',
      },
    ],
    killer: test('call', 'absent, it is sent again under the same key'),
  },
  {
    name: 'sent again without a look',
    breaks: 'what an earlier holder may have sent is sent once more',
    changes: [{ file: `${SRC}/call.ts`, from: 'if (run.maybeSent) {', to: 'if (run.maybeSent && run.fence < 0) {' }],
    killer: test('call', 'what may have been sent is looked up before it is sent again: found, it is not'),
  },
  {
    name: 'sent after the lease',
    breaks: 'a process that slept past its lease sends when another has sent and settled',
    changes: [
      {
        file: `${SRC}/call.ts`,
        from: '  if (timeoutMs <= 0) throw leaseLost(engine, run);\n',
        to: '',
      },
    ],
    killer: test('call', 'a process that slept past its lease sends nothing'),
  },
  {
    name: 'a throw is a no',
    breaks: 'a lost answer is stored as a decline',
    changes: [
      {
        file: `${SRC}/call.ts`,
        from: '  } catch (error) {\n    return unknown(error);\n  }',
        to: "  } catch (error) {\n    return { status: 'declined', reason: String(error) };\n  }",
      },
    ],
    killer: test('call', 'a send that throws is looked up at once'),
  },
  {
    name: 'sent past the provider’s memory',
    breaks: 'a call is sent again when the provider may have forgotten its key',
    changes: [
      {
        file: `${SRC}/call.ts`,
        from: '>= (phase.resendWithinMs ?? Number.POSITIVE_INFINITY)',
        to: '>= (phase.resendWithinMs ?? 0) + Number.POSITIVE_INFINITY',
      },
    ],
    killer: test('horizon', 'past resendWithinMs nothing is sent again: looked up, then parked'),
  },
  {
    name: 'park forgotten',
    breaks: 'a record that always throws is tried for ever, and nobody is told',
    changes: [
      {
        file: `${SRC}/takeover.ts`,
        from: 'run.failedTries > engine.maxTries',
        to: 'run.failedTries > engine.maxTries * 1e9',
      },
    ],
    killer: test(
      'worker',
      'a record that always throws is tried up to maxTries, then parked with an event, never dropped',
    ),
  },
  {
    name: 'tries not counted',
    breaks: 'the same, since no taking is counted',
    changes: [{ file: STATEMENTS, from: 'failed_tries = failed_tries + 1, due_at', to: 'due_at' }],
    killer: test('worker', 'a phase that throws is counted, waits for a backoff, and its error is reported'),
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
    killer: test('waiting', 'waiting is no failed try, however often: it is never parked'),
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
    killer: test('waiting', 'a record in flight is not woken: its holder will say when it is due'),
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
    killer: test('expiry', 'only what is settled expires: never what is in flight, waits or is parked, however old'),
  },
  {
    name: 'tombstone executed again',
    breaks: 'a key whose outcome is not kept any more runs once more',
    changes: [
      {
        file: `${SRC}/protocol.ts`,
        from: 'asking.claiming === undefined || !asking.rerunExpired || again',
        to: 'asking.claiming === undefined || again',
      },
    ],
    killer: test(
      'expiry',
      'past its retention a record becomes a tombstone: the key is known, the outcome is gone, nothing executes',
    ),
  },
  {
    name: 'a COMMIT without an answer has failed',
    breaks: 'the caller hears an error of what was kept',
    changes: [
      {
        file: `${SRC}/transact.ts`,
        from: 'const outage = isLost(error) || wasUndone(error);',
        to: 'const outage = wasUndone(error);',
      },
      {
        file: `${SRC}/transact.ts`,
        from: 'if (!outage && !(bodyDone && !isRefused(error)))',
        to: 'if (!outage || (bodyDone && isRefused(error)))',
      },
    ],
    killer: test('commit', 'a workflow whose COMMIT of %s is cut %s the server goes on by itself, each phase once'),
  },
  {
    name: 'a COMMIT without an answer is repeated',
    breaks: 'a phase whose commit was kept runs again, without a look at what became of it',
    changes: [
      {
        file: `${SRC}/transact.ts`,
        from: 'const kept = undecided ? await becameOf() : undefined;',
        to: 'const kept = undecided && turn > turns ? await becameOf() : undefined;',
      },
    ],
    killer: test('commit', 'a record that somebody has taken over while our COMMIT was undecided is theirs'),
  },
  {
    name: 'its own COMMIT not recognised',
    breaks: 'who repeats a claim whose commit was lost does not go on with it, but waits for itself',
    changes: [
      {
        file: `${SRC}/claim.ts`,
        from: "if (record?.state !== 'in_flight' || !ours.has(record.writtenBy)) return undefined;",
        to: "if (record?.state !== 'in_flight' || ours.has(record.writtenBy)) return undefined;",
      },
    ],
    killer: test('commit', 'a workflow whose COMMIT of %s is cut %s the server goes on by itself, each phase once'),
  },
  {
    name: 'ignored answer of the last statement',
    breaks: 'a COMMIT that the server turned into a ROLLBACK counts as kept',
    changes: [
      {
        file: `${SRC}/adapters/postgres-js-statements.ts`,
        from: '  await last;\n  return value;',
        to: '  await Promise.allSettled([last]);\n  return value;',
      },
    ],
    killer: test('rollback', 'a last statement that fails with COMMIT is no success'),
  },
  {
    name: 'a transaction goes on after its connection',
    breaks: 'what a phase sends after a lost connection runs outside any transaction',
    changes: [
      {
        file: `${SRC}/adapters/postgres-js-guard.ts`,
        from: '    if (endsConnection(error)) scope.over = true;',
        to: '    if (endsConnection(error)) scope.over ||= false;',
      },
    ],
    killer: test(
      'connection',
      'once its connection is lost, a transaction sends nothing more, neither into the void nor in autocommit',
    ),
  },
  {
    name: 'a catch keeps the claim',
    breaks: 'a caller that catches a throw and commits has a key without an outcome',
    changes: [
      {
        file: `${SRC}/claim.ts`,
        from: "await query('rollback to savepoint idempotency_within').catch(() => {});",
        to: "await query('release savepoint idempotency_within').catch(() => {});",
      },
    ],
    killer: test('within', 'a caller who catches a throw and commits keeps neither key nor writes'),
  },
  {
    name: 'resolved in flight',
    breaks: 'an operator brings an answer for what somebody is working on',
    changes: [
      {
        file: STATEMENTS,
        from: "${logged('resolve', '$3', '$4')}\n  where id = $1::text::uuid and state in (1, 4)",
        to: "${logged('resolve', '$3', '$4')}\n  where id = $1::text::uuid and state in (0, 1, 4)",
      },
    ],
    killer: test('operator', 'only what waits for a call, or is parked at one, can be resolved'),
  },
  {
    name: 'sealed, but not to its record',
    breaks: 'the outcome of one record opens in another',
    changes: [
      {
        file: `${SRC}/seal.ts`,
        from: '  digest(scope, operation, key, fingerprint, use);',
        to: '  digest(scope && operation && key && fingerprint && use && use.slice(0, 0));',
      },
      {
        file: `${SRC}/seal.ts`,
        from: 'hmac(key.seal, fingerprint);',
        to: 'hmac(key.seal, fingerprint.slice(0, 0));',
      },
    ],
    killer: test('seal', 'a text that was moved or altered does not open'),
  },
];
