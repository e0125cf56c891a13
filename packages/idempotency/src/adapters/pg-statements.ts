// How statements are sent over node-postgres, by shape: no driver is imported.
import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import type { Parameter, Query, Row } from '../database.ts';
import { cancelledAfter, withLockTimeout } from './cancel.ts';

/** A client of node-postgres: what is public, and what only a batch and a cancel need. */
export interface PgClient {
  query(statement: object | string): unknown;
  readonly release: (destroy?: boolean) => void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'notice', listener: (notice: { readonly routine?: unknown }) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  getTransactionStatus?(): 'I' | 'T' | 'E' | null;
  readonly host?: string;
  readonly port?: number;
  readonly processID?: unknown;
  readonly secretKey?: unknown;
  readonly connection?: Partial<Connection>;
}
export interface Statement {
  readonly text: string;
  readonly values: readonly Parameter[];
  /** Prepared under this name, once per connection; '' = not. */
  readonly name: string;
}
export interface Answer {
  readonly command: string;
  readonly rows: readonly Row[];
}

interface Connection {
  readonly parsedStatements: Record<string, string>;
  readonly stream: { cork?(): void; uncork?(): void };
  parse(statement: { text: string; name: string }): void;
  bind(bound: { portal: string; statement: string; values: readonly Parameter[]; binary: boolean }): void;
  describe(portal: { type: 'P'; name: string }): void;
  execute(portal: { portal: string }): void;
  sync(): void;
}
interface PgQuery {
  name: string;
  text: string;
  binary: boolean;
  callback: (error: Error | null, answers: readonly Answer[]) => void;
  submit(connection: Connection): Error | null;
  handleCommandComplete(message: unknown, connection: Connection): void;
}
type QueryClass = new (first: Statement) => PgQuery;

export const statementOf = (text: string, values: readonly Parameter[] = [], prepare = true): Statement => ({
  text,
  values,
  name: prepare && values.length > 0 ? nameOf(text) : '',
});

/**
 * Several statements at once are one round trip under one Sync: when one fails, the server skips the rest. So a claim
 * that is sent with BEGIN never runs outside a transaction, whatever becomes of the BEGIN.
 */
export async function send(client: PgClient, statements: readonly Statement[]): Promise<Answer> {
  const Batch = statements.length > 1 ? batchOf(client) : undefined;
  if (Batch !== undefined) {
    return await new Promise((resolve, reject) => {
      client.query(
        new Batch(statements, (error, answers) => (error ? reject(error) : resolve(answers.at(-1) as Answer))),
      );
    });
  }
  let answer: Answer | undefined;
  for (const statement of statements) answer = (await client.query(statement)) as Answer;
  return answer as Answer;
}

/** @param begin is sent with the first statement. */
export function queryOn(client: PgClient, prepare: boolean, begin?: string): Query {
  let before = begin === undefined ? [] : [statementOf(begin)];
  const sendOne = async (text: string, parameters: readonly Parameter[] = []) => {
    const statements = [...before, statementOf(text, parameters, prepare)];
    before = [];
    return (await send(client, statements)).rows;
  };
  return async (text, parameters, options = {}) => {
    const { cancelAfterMs } = options;
    if (cancelAfterMs === undefined) return await sendOne(text, parameters);
    const cancel = cancelOf(client);
    if (cancel === undefined) return await withLockTimeout(sendOne)(text, parameters, options);
    return await cancelledAfter(sendOne(text, parameters), cancel, cancelAfterMs);
  };
}

const names = new Map<string, string>();

/** By its text: two copies of the package on one connection must not give one name to two statements. */
function nameOf(text: string): string {
  const name = names.get(text) ?? `idempotency_${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
  names.set(text, name);
  return name;
}

/** Undefined for whatever only looks like a client of node-postgres (pg-native, a driver over WebSockets). */
function batchOf(client: PgClient) {
  const { Query } = client.constructor as { Query?: QueryClass };
  if (Query === undefined || client.connection?.parsedStatements === undefined) return undefined;
  const Batch = batchClasses.get(Query) ?? makeBatchClass(Query);
  batchClasses.set(Query, Batch);
  return Batch;
}

const batchClasses = new WeakMap<QueryClass, ReturnType<typeof makeBatchClass>>();

/** A subclass, as a pipelining client takes nothing else. It collects one answer per CommandComplete by itself. */
const makeBatchClass = (Query: QueryClass) =>
  class Batch extends Query {
    readonly left: Statement[];

    constructor(statements: readonly Statement[], callback: PgQuery['callback']) {
      super(statements[0] as Statement);
      this.left = [...statements];
      this.callback = callback;
    }

    override submit(connection: Connection): null {
      connection.stream.cork?.();
      for (const { text, values, name } of this.left) {
        if (connection.parsedStatements[name] === undefined) connection.parse({ text, name });
        connection.bind({ portal: '', statement: name, values, binary: this.binary });
        connection.describe({ type: 'P', name: '' });
        connection.execute({ portal: '' });
      }
      connection.sync();
      connection.stream.uncork?.();
      return null;
    }

    override handleCommandComplete(message: unknown, connection: Connection): void {
      super.handleCommandComplete(message, connection);
      this.left.shift();
      // Under its `name` and `text` the client notes what the server says it has parsed.
      Object.assign(this, this.left[0]);
    }
  };

/** Asks the server, on a connection of its own, to cancel what this one is doing; resolves when it has been told. */
function cancelOf({ host, port, processID, secretKey }: PgClient): (() => Promise<void>) | undefined {
  if (!host || !port || typeof processID !== 'number' || typeof secretKey !== 'number') return undefined;
  const request = Buffer.alloc(16);
  for (const [index, word] of [16, 80_877_102, processID, secretKey].entries()) request.writeInt32BE(word, index * 4);
  return () =>
    new Promise((resolve) => {
      const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
      socket.setTimeout(5_000, () => socket.destroy());
      socket.on('error', () => {}); // then the statement goes on waiting, as it would without us
      socket.on('close', () => resolve());
      socket.write(request); // not `end`: PgBouncer forgets the request of a client that has hung up
    });
}
