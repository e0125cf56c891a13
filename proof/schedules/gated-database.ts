// The real postgres.js client with a gate in front of every transaction and of every statement outside one. It lies beneath
// the library's guard, so that everything above is what runs in production.
//
// A transaction is one step: of what is inside nobody sees anything before COMMIT, and a process that dies there leaves
// nothing. What waits for the row locks of another one waits at its gate instead.
import { schema } from '@once/db';
import { guarded } from '@once/idempotency/postgres-js';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { actorHere, gate, hears, note } from './actor.ts';
import type { Losses } from './losses.ts';

/** Where actors stop. `writes`: not before reads outside transactions, which then happen as early as they can. */
export type Grain = 'writes' | 'all';

type Callable = (...parts: never[]) => unknown;
interface SentLater {
  handler: (query: unknown) => unknown;
  resolve: (rows: unknown) => void;
  reject: (error: unknown) => void;
}

export function gatedDatabase(url: string, options: { readonly grain: Grain; readonly losses: Losses }) {
  const client = postgres(url, { max: 2, onnotice: () => {} });
  const { grain, losses } = options;

  const unsafe = (text: string, ...rest: unknown[]) => {
    const query = heard((client.unsafe as unknown as Callable)(text as never, ...(rest as never[])) as SentLater);
    if (actorHere() === undefined || !isStep(text, grain)) return query;
    const send = query.handler;
    query.handler = async (sent) => {
      await gate(nameOf(text));
      return send(sent);
    };
    return query;
  };

  const begin = async (...parts: unknown[]) => {
    const body = parts.at(-1) as (handle: object) => unknown;
    await gate('transaction');
    const said = (handle: object) =>
      new Proxy(handle, {
        get: (target, name) => {
          const member = Reflect.get(target, name);
          if (name !== 'unsafe' || typeof member !== 'function') return member;
          return (text: string, ...rest: unknown[]) => {
            if (!/^\s*select/i.test(text)) note(nameOf(text));
            return heard(member(text, ...rest) as SentLater);
          };
        },
      });
    const value = await (client.begin as unknown as Callable)(...(parts.slice(0, -1) as never[]), ((handle: object) =>
      body(said(handle))) as never);
    hears(actorHere(), 'COMMIT');
    const phase = actorHere()?.phase ?? '';
    if (actorHere()) note(`COMMIT${phase && ` of ${phase}`}`);
    losses.afterCommit(phase);
    return value;
  };

  const gated = new Proxy(client, {
    get: (target, name) => (name === 'unsafe' ? unsafe : name === 'begin' ? begin : Reflect.get(target, name)),
  });
  return { db: drizzle(guarded(gated), { schema }), close: () => client.end({ timeout: 5 }) };
}

/** What comes back is noted for the actor that asked: by then its own context is not the current one. */
function heard(query: SentLater): SentLater {
  const actor = actorHere();
  if (actor === undefined) return query;
  const { resolve, reject } = query;
  query.resolve = (rows) => {
    hears(actor, rows);
    resolve(rows);
  };
  query.reject = (error) => {
    hears(actor, error);
    reject(error);
  };
  return query;
}

/** Reads that a decision rests on: of a record, of what is due, of a hold. Others only fill a page. */
const decides = (text: string) => /idempotency\.record|statement_timestamp\(\)/.test(text);

const isStep = (text: string, grain: Grain): boolean =>
  /^\s*select/i.test(text) ? grain === 'all' && decides(text) : true;

/** The verb and the table, for people. */
function nameOf(text: string): string {
  const [, verb = '', table = ''] =
    /^\s*(insert|update|delete|select)\b.*?(?:into|update|from|\bfrom\b)?\s*("?[a-z_]+"?(?:\."?[a-z_]+"?)?)/is.exec(
      text.replace(/^\s*(insert into|delete from|update)\s+/i, (found) => `${found.trim().split(/\s/)[0]} `),
    ) ?? [];
  if (/^select$/i.test(verb)) return `select ${/\bfrom\s+("?[a-z_.]+"?)/i.exec(text)?.[1] ?? ''}`.replaceAll('"', '');
  return `${verb.toLowerCase()} ${table}`.replaceAll('"', '');
}
