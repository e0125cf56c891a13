// One record, looked at or resolved by hand.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answered, declined } from '../answers.ts';
import type { Query } from '../database.ts';
import type { Once } from '../once.ts';
import { type Operator, type OperatorEntry, readOperatorLog } from '../operator.ts';
import type { AnyOutcome } from '../outcome.ts';
import { type Inspected, readInspected } from '../state.ts';
import { inspect } from '../statements.ts';
import { type RecordKey, requestOf } from '../verbs.ts';
import type { App, Workflow } from '../workflow.ts';
import { CommandError } from './errors.ts';

export interface Target extends RecordKey {
  readonly operation: string;
}

export interface FoundRecord extends Target {
  readonly id: string;
  readonly record: Inspected;
  readonly operatorLog: readonly OperatorEntry[];
}

/** As it is stored: nothing is decoded, so it needs neither the application's codec nor its keys. */
export async function readRecord(query: Query, target: Target): Promise<FoundRecord | undefined> {
  const { id } = requestOf(target.operation, target);
  const [row] = await query(inspect, [id]);
  if (row === undefined) return undefined;
  const record = readInspected(row);
  return { ...target, id, record, operatorLog: readOperatorLog(record.operatorLog) };
}

interface Answers {
  readonly app?: string | undefined;
  readonly answered?: string | undefined;
  readonly declined?: string | undefined;
}

type AnyWorkflow = Workflow<App, unknown, unknown, unknown, unknown, unknown, unknown>;

/** The next transaction of the workflow runs, so it needs the application. @throws {CommandError}. */
export async function resolveByHand(target: Target, answers: Answers, operator: Operator): Promise<AnyOutcome> {
  const answer = answerOf(answers);
  if (answers.app === undefined)
    throw new CommandError('which application? --app, a module with `once` and `workflows`');
  const app = await load(answers.app);
  try {
    const workflow = app.workflows?.find(({ name }) => name === target.operation);
    if (app.once === undefined || workflow === undefined) {
      throw new CommandError(`${answers.app} exports no \`once\`, or no workflow ${target.operation} in \`workflows\``);
    }
    return (await app.once.resolve(workflow, target, answer, operator)) as AnyOutcome;
  } finally {
    await app.close?.();
  }
}

interface Loaded {
  readonly once?: Once<unknown, object>;
  readonly workflows?: readonly AnyWorkflow[];
  readonly close?: () => Promise<void>;
}

async function load(app: string): Promise<Loaded> {
  try {
    return (await import(pathToFileURL(resolve(app)).href)) as Loaded;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION')) throw error;
    throw new CommandError(
      `Node ${process.versions.node} reads no TypeScript: --app with the compiled module, or Node 24`,
    );
  }
}

function answerOf({ answered: yes, declined: no }: Answers) {
  if ((yes === undefined) === (no === undefined))
    throw new CommandError('what was the answer? --answered or --declined');
  return yes === undefined ? declined(jsonOf(no ?? '')) : answered(jsonOf(yes));
}

function jsonOf(text: string): never {
  try {
    return JSON.parse(text) as never;
  } catch {
    throw new CommandError(`the answer is JSON, not ${text}`);
  }
}
