// Stripe's lists: newest first, cursors, limits.
import type { SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import type { Call } from './call.ts';
import { resourceMissing } from './errors.ts';
import type { ApiObject } from './objects.ts';
import * as kind from './parameters.ts';

export const limit = kind.integer.superRefine((value, context) => {
  if (value >= 1 && value <= 100) return;
  context.addIssue({
    code: 'custom',
    message: 'Must be between 1 and 100.',
    params: { code: 'parameter_invalid_integer' },
  });
});

const range = z.strictObject({ gt: kind.integer, gte: kind.integer, lt: kind.integer, lte: kind.integer }).partial();

export const listParameters = z
  .strictObject({
    created: z.union([kind.integer, range]),
    ending_before: kind.filled,
    expand: kind.strings,
    limit,
    starting_after: kind.filled,
  })
  .partial();

export type ListParameters = z.output<typeof listParameters>;

/** Conditions over the object table's `payment_intent` and `json`, with ? for each value. */
export interface Filter {
  readonly where: string[];
  readonly values: SQLInputValue[];
}

export interface ApiList {
  readonly object: 'list';
  readonly url: string;
  readonly has_more: boolean;
  readonly data: ApiObject[];
}

/** @throws {ApiError} 400 resource_missing: a cursor names nothing. */
export function pageOf(call: Call, type: string, url: string, params: ListParameters, filter: Filter): ApiList {
  const where = [...filter.where];
  const values = [...filter.values];
  for (const [operator, seconds] of createdBounds(params.created)) {
    where.push(`json ->> '$.created' ${operator} ?`);
    values.push(seconds);
  }
  for (const [name, operator] of [
    ['starting_after', '<'],
    ['ending_before', '>'],
  ] as const) {
    const cursor = params[name];
    if (cursor === undefined) continue;
    const seq = call.store.objects.seqOf(call.account, type, cursor);
    if (seq === undefined) throw resourceMissing(type, cursor, name, 400);
    where.push(`seq ${operator} ?`);
    values.push(seq);
  }
  // Before a cursor, the nearest come first out of the table; the page is turned round again in there.
  const order = params.ending_before === undefined ? 'DESC' : 'ASC';
  const page = call.store.objects.page(call.account, type, where, values, params.limit ?? 10, order);
  return { object: 'list', url, has_more: page.hasMore, data: page.data };
}

function createdBounds(created: ListParameters['created']): [string, number][] {
  if (created === undefined) return [];
  if (typeof created === 'number') return [['=', created]];
  const bounds: [string, number | undefined][] = [
    ['>', created.gt],
    ['>=', created.gte],
    ['<', created.lt],
    ['<=', created.lte],
  ];
  return bounds.filter((bound): bound is [string, number] => bound[1] !== undefined);
}
