import { CHECKOUT, LIBRARY, test, type WholeShopMutant, WORKER } from './mutant.ts';
import { CRASH, KILLED, KILLED_AGAIN } from './titles.ts';

/** What becomes of a payment whose process has died, or sleeps. */
export const TAKING_OVER: readonly WholeShopMutant[] = [
  {
    name: 'taken over, sent anew',
    breaks: 'whoever takes a payment over confirms it again under a key of their own, and believes the refusal',
    changes: [
      {
        file: `${LIBRARY}/call.ts`,
        from: 'if (run.maybeSent) {',
        to: 'if (run.maybeSent && phase.lookup === undefined) {',
      },
      {
        file: `${LIBRARY}/call.ts`,
        from: 'derivedKey(run.request, phase.name),',
        to: '`${derivedKey(run.request, phase.name)}.${run.fence}`,',
      },
      {
        file: `${CHECKOUT}/payments/stripe.ts`,
        from: "if (intent.status === 'requires_confirmation') return {",
        to: 'if (intent.id === intentId) return {',
      },
    ],
    layer: 'e2e',
    killers: [
      test('crash', CRASH, { point: 'answered:confirm' }),
      test('crash', CRASH, { point: 'committing:settle' }),
      test(
        'takeover-killed',
        'workers killed at every point, one after the other: the next one finishes, and there is one charge',
      ),
      test(
        'takeover-killed',
        'web killed at every point while it takes over, one after the other: the last one finishes, and there is one charge',
      ),
      ...['web', 'provider', 'postgres'].flatMap((victim) => [
        test('killed-everywhere', KILLED, { victim }),
        test('killed-everywhere', KILLED_AGAIN, { victim }),
      ]),
      test(
        'power-cut',
        'everything killed while people are at every place of a payment, and Postgres once more while it starts: the next start puts it right',
      ),
      test(
        'trouble-machine',
        'the database’s disk is full while many pay: nobody hears a no, and all have paid once there is room',
      ),
      test(
        'trouble-machine',
        'no room for the database’s log, so that its server stops: all have paid once it is back',
      ),
    ],
  },
  {
    name: 'a key in a commit of its own',
    breaks: 'the key is stored before the work, and whoever finds it is told to wait for somebody who is dead',
    changes: [
      {
        file: `${LIBRARY}/claim.ts`,
        from: 'const [row] = await opened.query(text, parameters, {',
        to: 'const [row] = await engine.database.query(text, parameters, {',
      },
      {
        file: `${LIBRARY}/protocol.ts`,
        from: 'return whatCameOf(await takeOverIfDue(engine, request, definition));',
        to: "return request.id ? { kind: 'busy', dueInMs: 1_000 } : whatCameOf(await takeOverIfDue(engine, request, definition));",
      },
      { file: `${WORKER}/loops.ts`, from: 'resume.start();', to: '' },
    ],
    layer: 'e2e',
    killers: [
      test('crash', 'killed at ${point}, before anything was committed: nothing was charged, and Pay works'),
      test('crash', CRASH, { point: 'committed:reserve' }),
      test('crash', 'killed while the bank takes its time: the page shows the receipt, and there is one charge'),
    ],
  },
  {
    name: 'tried for ever',
    breaks: 'what cannot be finished is never kept for a person',
    changes: [
      {
        file: `${LIBRARY}/takeover.ts`,
        from: 'if (run.failedTries > engine.maxTries)',
        to: 'if (run.failedTries > engine.maxTries + 1_000_000)',
      },
    ],
    layer: 'e2e',
    killers: [
      test(
        'provider-answers',
        'tried in vain for as long as it may be: kept for a person, and paid once the provider is back',
      ),
    ],
  },
];
