// Stripe's search language, as far as PaymentIntents have it: `metadata['order_id']:'42' AND status:'succeeded'`.
import type { SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import type { Call } from './call.ts';
import { invalidRequest } from './errors.ts';
import { type Filter, limit } from './lists.ts';
import * as kind from './parameters.ts';

export const searchParameters = z.strictObject({
  expand: kind.strings.optional(),
  limit: limit.optional(),
  page: kind.filled.optional(),
  query: kind.filled,
});

export function searchIntents(call: Call, params: z.output<typeof searchParameters>) {
  const { where, values } = parseQuery(params.query);
  const after = params.page === undefined ? [] : [seqIn(params.page)];
  const { searchLagMs } = call.overrides;
  const known = searchLagMs === undefined ? [] : [(call.nowMs - searchLagMs) / 1000];
  const found = call.store.objects.page(
    call.account,
    'payment_intent',
    [where, ...after.map(() => 'seq < ?'), ...known.map(() => "json ->> '$.created' <= ?")].flat(),
    [...values, ...after, ...known],
    params.limit ?? 10,
    'DESC',
  );
  return {
    object: 'search_result' as const,
    url: '/v1/payment_intents/search',
    has_more: found.hasMore,
    data: found.data,
    next_page: found.hasMore ? Buffer.from(String(found.lastSeq)).toString('base64url') : null,
  };
}

/**
 * One SQL condition for a query. AND and OR cannot be mixed, as at Stripe.
 * @throws {ApiError} 400: not a query that Stripe would take, or over a field that is not modelled.
 */
function parseQuery(query: string): Filter {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  const joins = new Set<string>();
  let rest = query.trim();
  for (;;) {
    const term = TERM.exec(rest);
    if (!term?.groups) throw badQuery(query);
    const [condition, ...compared] = readTerm(term.groups, query);
    conditions.push(condition);
    values.push(...compared);
    rest = rest.slice(term[0].length);
    if (rest === '') break;
    const join = /^\s+(AND|OR)?\s*/i.exec(rest);
    if (!join) throw badQuery(query);
    joins.add((join[1] ?? 'AND').toUpperCase());
    rest = rest.slice(join[0].length);
  }
  if (joins.size > 1) throw invalidRequest('A search query cannot mix AND and OR.', { param: 'query' });
  return { where: [`(${conditions.join(` ${[...joins][0] ?? 'AND'} `)})`], values };
}

const TERM =
  /^(?<not>-)?(?:metadata\[(?<metadata>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]|(?<field>[a-z_]+))(?<operator>:|~|>=|<=|>|<)(?<value>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|null|-?\d+)/;

const FIELDS: ReadonlySet<string> = new Set(['amount', 'created', 'currency', 'customer', 'status']);

/** A condition, and the values for its `?`: the member's JSON path, then what it is compared with. */
function readTerm(groups: Record<string, string | undefined>, query: string): [string, ...SQLInputValue[]] {
  const { not, metadata, field = '', operator = '', value = '' } = groups;
  if (metadata === undefined && !FIELDS.has(field)) throw badQuery(query);
  const path = metadata === undefined ? `$.${field}` : `$.metadata.${JSON.stringify(unquote(metadata))}`;
  const member = 'json ->> ?';
  const negated = (condition: string) => (not ? `NOT coalesce(${condition}, 0)` : condition);
  if (value === 'null') return operator === ':' ? [negated(`${member} IS NULL`), path] : fail(query);
  const isNumber = !/^['"]/.test(value);
  const wanted = isNumber ? Number(value) : unquote(value);
  if (operator === '~') return [negated(`instr(lower(${member}), lower(?)) > 0`), path, String(wanted)];
  if (operator === ':') return [negated(`${member} = ?`), path, metadata === undefined ? wanted : String(wanted)];
  if (!isNumber || metadata !== undefined) return fail(query);
  return [negated(`${member} ${operator} ?`), path, wanted];
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

function seqIn(page: string): number {
  const seq = Number(Buffer.from(page, 'base64url').toString());
  if (!Number.isSafeInteger(seq) || seq < 1) throw invalidRequest('Invalid page.', { param: 'page' });
  return seq;
}

function fail(query: string): never {
  throw badQuery(query);
}

function badQuery(query: string) {
  return invalidRequest(
    `We were unable to parse your search query (${query.slice(0, 200)}). Try using the format \`metadata["key"]:"value"\` or one of ${[...FIELDS].join(', ')}.`,
    { param: 'query' },
  );
}
