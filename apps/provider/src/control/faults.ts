import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { namedAction } from '../faults/actions.ts';
import type { FaultEngine } from '../faults/engine.ts';
import { matchSchema } from '../faults/match.ts';
import { ControlError } from './error.ts';
import { accountName, parseJson, read } from './input.ts';

/**
 * Arming, listing and removing faults.
 * @returns undefined: the request is about something else
 * @throws {ControlError} 400, 404, 415
 */
export function answerFaults(
  faults: FaultEngine,
  request: IncomingMessage,
  url: URL,
  body: string,
): { status: number; value: unknown } | undefined {
  const id = /^\/faults\/(\w+)$/.exec(url.pathname)?.[1];
  if (id !== undefined && request.method === 'DELETE') return { status: 200, value: removed(faults, id) };
  switch (`${request.method} ${url.pathname}`) {
    case 'GET /faults':
      return { status: 200, value: faults.list(read(query, Object.fromEntries(url.searchParams))) };
    case 'POST /faults':
      return { status: 201, value: faults.arm(read(rule, parseJson(request, body))) };
    default:
      return undefined;
  }
}

/** An empty `match` is the next request of anybody. */
const rule = z.strictObject({
  match: matchSchema,
  action: namedAction,
  times: z.number().int().min(1).max(10_000).default(1),
  ttlMs: z.number().int().min(1).max(86_400_000).optional(),
});

const query = z.strictObject({ account: accountName.optional() });

function removed(faults: FaultEngine, id: string) {
  const fault = faults.remove(id);
  if (!fault) throw new ControlError(404, 'no_such_fault', `There is no fault ${id}.`);
  return fault;
}
