#!/usr/bin/env node
// once-idempotency: sets up the table, looks after it, and moves single records by hand.
// Exit code: 0 done and well, 1 not done or not well, 2 asked wrongly or not connected.
import { parseArgs } from 'node:util';
import { isIdempotencyError } from '../errors.ts';
import { migrate } from '../migrate.ts';
import { type Connected, connect } from './connect.ts';
import { examine } from './doctor.ts';
import { CommandError } from './errors.ts';
import { findingsText, recordFacts, recordText, statusText } from './print.ts';
import { readRecord, resolveByHand, type Target } from './record.ts';
import { readStatus } from './status.ts';

const usage = `once-idempotency <command>

  migrate                                  create or update the schema "idempotency"
  status                                   what is in flight, waits, or needs a person
  doctor                                   whether this Postgres keeps what it acknowledges, and how to mend it
  find    <operation> <scope> <key>        a record as it stands; --data shows what it stores
  wake    <operation> <scope> <key>        make it due
  park    <operation> <scope> <key>        take it from the machines
  resolve <operation> <scope> <key>        bring the answer of the call at which it stands, and go on:
                                           --app ./once.ts --answered '{"id":"ch_1"}' or --declined '"card_declined"'

  --database-url   else DATABASE_URL       --reason   why; wake, park and resolve ask for it
  --json           for machines            --by       who; else USER
  --app            a module that exports \`once\` and \`workflows\``;

const options = {
  'database-url': { type: 'string' },
  json: { type: 'boolean', default: false },
  data: { type: 'boolean', default: false },
  reason: { type: 'string' },
  by: { type: 'string' },
  app: { type: 'string' },
  answered: { type: 'string' },
  declined: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Options = ReturnType<typeof parse>['values'];

async function main(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  const [command, ...rest] = positionals;
  if (values.help || command === undefined) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const run = commands[command];
  if (run === undefined) throw new CommandError(`there is no command ${command}; --help shows those there are`);
  const url = values['database-url'] ?? process.env['DATABASE_URL'];
  if (!url) throw new CommandError('which database? Set DATABASE_URL or give --database-url');
  const connected = await connect(url);
  try {
    return await run(connected, values, rest);
  } finally {
    await connected.close();
  }
}

const commands: Readonly<Record<string, (on: Connected, values: Options, rest: string[]) => Promise<number>>> = {
  migrate: async ({ database }, { json }) => {
    const applied = await migrate(database);
    if (json) console.log(JSON.stringify({ applied }));
    else console.log(applied.length === 0 ? 'nothing to do' : applied.map((name) => `applied ${name}`).join('\n'));
    return 0;
  },
  status: async ({ query }, { json }) => {
    const status = await readStatus(query);
    console.log(json ? JSON.stringify(status) : statusText(status));
    return 0;
  },
  doctor: async (connected, { json }) => {
    const findings = await examine(connected);
    console.log(json ? JSON.stringify(findings) : findingsText(findings));
    return findings.some(({ verdict }) => verdict === 'fail') ? 1 : 0;
  },
  find: async ({ query }, { json, data }, rest) => {
    const record = await readRecord(query, targetOf(rest));
    if (record === undefined) {
      console.error('there is no such record');
      return 1;
    }
    const facts = recordFacts(record, data);
    console.log(json ? JSON.stringify(facts) : recordText(facts));
    return 0;
  },
  wake: async ({ once }, values, rest) => {
    const { operation, ...key } = targetOf(rest);
    return told(
      await once.wake(operation, key, operatorOf(values)),
      'it is due',
      'it is in flight, settled or not there',
    );
  },
  park: async ({ once }, values, rest) => {
    const { operation, ...key } = targetOf(rest);
    return told(
      await once.park(operation, key, operatorOf(values)),
      'it is parked',
      'it is settled, parked or not there',
    );
  },
  resolve: async (_connected, values, rest) => {
    const outcome = await resolveByHand(targetOf(rest), values, operatorOf(values));
    console.log(JSON.stringify(outcome));
    return outcome.status === 'succeeded' || outcome.status === 'rejected' ? 0 : 1;
  },
};

function parse(argv: string[]) {
  try {
    return parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

function targetOf(rest: readonly string[]): Target {
  const [operation, scope, key] = rest;
  if (operation === undefined || scope === undefined || key === undefined || rest.length > 3) {
    throw new CommandError('which record? <operation> <scope> <key>');
  }
  return { operation, scope, key };
}

function operatorOf({ by = process.env['USER'] ?? '', reason = '' }: Options) {
  if (by === '') throw new CommandError('who does it? --by');
  if (reason === '') throw new CommandError('why? --reason');
  return { by, reason };
}

function told(done: boolean, yes: string, no: string): number {
  if (done) console.log(yes);
  else console.error(`nothing was done: ${no}`);
  return done ? 0 : 1;
}

/** A sentence for what a person can mend, the stack for what is ours. */
function explain(error: unknown): number {
  const known =
    error instanceof CommandError || isIdempotencyError(error) || (error instanceof Error && 'code' in error);
  console.error(known ? `${String(error.code)}: ${error.message}` : error);
  return isIdempotencyError(error) && error.code !== 'IDEMPOTENCY_OPTION_INVALID' ? 1 : 2;
}

process.exitCode = await main(process.argv.slice(2)).catch(explain);
