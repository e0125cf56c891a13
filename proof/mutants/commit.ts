import { library } from './killers.ts';
import type { Mutant } from './mutant.ts';

const LIBRARY = 'packages/idempotency/src';

/** Mistakes with the end of a transaction. */
export const COMMIT: readonly Mutant[] = [
  {
    name: 'a COMMIT without an answer has failed',
    breaks: 'the caller hears an error of what was kept',
    changes: [
      {
        file: `${LIBRARY}/transact.ts`,
        from: 'const outage = isLost(error) || wasUndone(error);',
        to: 'const outage = wasUndone(error);',
      },
      {
        file: `${LIBRARY}/transact.ts`,
        from: 'if (!outage && !(bodyDone && !isRefused(error)))',
        to: 'if (!outage || (bodyDone && isRefused(error)))',
      },
    ],
    killer: library('commit', 'a workflow whose COMMIT of %s is cut %s the server goes on by itself, each phase once'),
  },
  {
    name: 'a COMMIT without an answer is repeated',
    breaks: 'a phase whose commit was kept runs again, without a look at what became of it',
    changes: [
      {
        file: `${LIBRARY}/transact.ts`,
        from: 'const kept = await becameOf();',
        to: 'const kept = turn > turns ? await becameOf() : undefined;',
      },
    ],
    killer: library('commit', 'a workflow whose COMMIT of %s is cut %s the server goes on by itself, each phase once'),
  },
  {
    name: 'a COMMIT that gave up waiting for its standby is believed',
    breaks: 'an answer is given of what is lost when the standby takes over',
    changes: [
      {
        file: `${LIBRARY}/adapters/standby-wait.ts`,
        from: 'if (cancelledWaits === before) return;',
        to: 'if (cancelledWaits >= before) return;',
      },
    ],
    killer: library('standby', 'over %s, nobody hears of a COMMIT whose waits are cancelled again and again'),
  },
  {
    name: 'what a COMMIT without an answer has kept is read without waiting for the standby',
    breaks: 'the same, one step later: the row is here, and nowhere else',
    changes: [
      {
        file: `${LIBRARY}/transact.ts`,
        from: 'await engine.database.query(reachStandby);',
        to: 'if (turn > turns) await engine.database.query(reachStandby);',
      },
    ],
    killer: library('standby', 'over %s, nobody hears of a COMMIT whose waits are cancelled again and again'),
  },
  {
    name: 'ignored answer of the last statement',
    breaks: 'a COMMIT that the server turned into a ROLLBACK counts as kept',
    changes: [
      {
        file: `${LIBRARY}/adapters/postgres-js-statements.ts`,
        from: '  await last;\n  return value;',
        to: '  await Promise.allSettled([last]);\n  return value;',
      },
    ],
    killer: library('rollback', 'a last statement that fails with COMMIT is no success'),
  },
  {
    name: 'a transaction goes on after its connection',
    breaks: 'what a phase sends after a lost connection runs outside any transaction',
    changes: [
      {
        file: `${LIBRARY}/adapters/postgres-js-guard.ts`,
        from: '    if (endsConnection(error)) scope.over = true;',
        to: '    if (endsConnection(error)) scope.over ||= false;',
      },
    ],
    killer: library(
      'connection',
      'a closure that catches the loss of its own query and goes on at once finds the transaction over',
    ),
  },
  {
    name: 'a catch keeps the claim',
    breaks: 'a caller that catches a throw and commits has a key without an outcome',
    changes: [
      {
        file: `${LIBRARY}/claim.ts`,
        from: "await query('rollback to savepoint idempotency_within').catch(() => {});",
        to: "await query('release savepoint idempotency_within').catch(() => {});",
      },
    ],
    killer: library('within', 'a caller who catches a throw and commits keeps neither key nor writes'),
  },
];
