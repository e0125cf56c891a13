import type postgres from 'postgres';

/** Told of a statement when it is asked for. @returns to be called when it is answered; undefined: nobody is interested */
export type WatchStatement = (name: string) => ((failed?: unknown) => void) | undefined;

type Unsafe = (text: string, ...rest: never[]) => Promise<unknown>;
interface Handle {
  unsafe: Unsafe;
  savepoint?: (...parts: unknown[]) => unknown;
}

/** The same client, which tells of every statement that is sent as text, in a transaction and outside: Drizzle's and the library's. */
export function watched(client: postgres.Sql, onStatement: WatchStatement): postgres.Sql {
  watchHandle(client as unknown as Handle, onStatement);
  const begin = client.begin.bind(client) as (...parts: unknown[]) => Promise<unknown>;
  client.begin = ((...parts: unknown[]) => begin(...inside(parts, onStatement))) as typeof client.begin;
  return client;
}

/** Of a transaction: its handle is made for it alone. */
function inside(parts: unknown[], onStatement: WatchStatement): unknown[] {
  const body = parts.at(-1) as (handle: Handle) => unknown;
  const watchedBody = (handle: Handle) => {
    watchHandle(handle, onStatement);
    const { savepoint } = handle;
    if (savepoint) handle.savepoint = (...given) => savepoint(...inside(given, onStatement));
    return body(handle);
  };
  return [...parts.slice(0, -1), watchedBody];
}

function watchHandle(handle: Handle, onStatement: WatchStatement): void {
  const { unsafe } = handle;
  handle.unsafe = (text, ...rest) => {
    const query = unsafe(text, ...rest);
    const answered = onStatement(statementName(text));
    // Promise's own `then`: the query's would send it.
    if (answered) void Promise.prototype.then.call(query, () => answered(), answered);
    return query;
  };
}

/** What it does to which table: `UPDATE payment`. Never more of its text, which may have a value in it. */
export function statementName(text: string): string {
  const [verb = 'OTHER'] = /\b(?:select|insert|update|delete|begin)\b/i.exec(text) ?? [];
  const [, table] = /\b(?:from|into|update)\s+(?:only\s+)?(?:"?\w+"?\.)?"?([a-z_]\w*)"?/i.exec(text) ?? [];
  return [verb.toUpperCase(), table].filter(Boolean).join(' ');
}
