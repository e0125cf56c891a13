// Which request does what. A route checks its parameters first, and gives back what remains to be done with them.
import { z } from 'zod';
import { type Answer, errorAnswer, objectAnswer } from './answer.ts';
import type { Call } from './call.ts';
import { chargeListParameters, listCharges, retrieveCharge } from './charges.ts';
import { bankDelayMs } from './confirm.ts';
import type { Settings } from './env.ts';
import { ApiError } from './errors.ts';
import { checkExpand, expand } from './expand.ts';
import type { FormHash } from './form.ts';
import * as parameters from './intent-parameters.ts';
import {
  cancelIntent,
  confirmIntent,
  createIntent,
  intentListParameters,
  listIntents,
  retrieveIntent,
  updateIntent,
} from './intents.ts';
import { readParameters, strings } from './parameters.ts';
import { retrieveMethod } from './payment-methods.ts';
import { searchIntents, searchParameters } from './search.ts';
import type { Store } from './store.ts';
import { createToken, retrieveToken, tokenParameters } from './tokens.ts';

/** A request whose parameters are valid. */
export interface Prepared {
  /** Runs inside the store's transaction. @throws {ApiError} refused: nothing may stay of it. */
  execute(call: Call): Answer;
  /** How long the bank takes before that. */
  bankDelayMs(at: { store: Store; settings: Settings }, account: string): number;
}

export interface MatchedRoute {
  readonly path: Readonly<Record<string, string>>;
  /** @throws {ApiError} 400: a parameter is missing, unknown or wrong. */
  prepare(params: FormHash): Prepared;
}

/** @returns undefined: there is no such endpoint. */
export function matchRoute(method: string, pathname: string): MatchedRoute | undefined {
  for (const endpoint of ROUTES) {
    const match = endpoint.method === method ? endpoint.pattern.exec(pathname) : null;
    if (!match) continue;
    const path = Object.fromEntries(Object.entries(match.groups ?? {}).map(([name, part]) => [name, decoded(part)]));
    return { path, prepare: (params) => endpoint.prepare(params, path) };
  }
  return undefined;
}

/** As it is written when it cannot be decoded: then it names nothing, which is what has to be answered. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

type Handler<P> = (call: Call, params: P) => object;

interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  prepare(params: FormHash, path: Record<string, string>): Prepared;
}

/** An endpoint that answers one object of `type`, or with `isList` many of them. */
function route<S extends z.ZodType<{ expand?: string[] | undefined }>>(
  method: 'GET' | 'POST',
  path: string,
  answers: { type: string; isList?: boolean },
  schema: S,
  handle: Handler<z.output<S>>,
  delayMs: (
    at: { store: Store; settings: Settings },
    account: string,
    intent: string | undefined,
    params: z.output<S>,
  ) => number = () => 0,
): Route {
  return {
    method,
    pattern: new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
    prepare(raw, names) {
      const params = readParameters(schema, raw);
      const paths = params.expand ?? [];
      checkExpand(paths, answers.type, answers.isList === true);
      return {
        bankDelayMs: (at, account) => delayMs(at, account, names['intent'], params),
        execute(call) {
          const result = handle(call, params);
          // A refusal that is returned instead of thrown keeps its effects: a declined card leaves a failed charge.
          return result instanceof ApiError ? errorAnswer(result) : objectAnswer(expand(call, result, paths));
        },
      };
    },
  };
}

const expandOnly = z.strictObject({ expand: strings }).partial();

const intent = { type: 'payment_intent' };
const intents = { type: 'payment_intent', isList: true };

const ROUTES: readonly Route[] = [
  route('POST', '/v1/payment_intents', intent, parameters.createParameters, createIntent, (at, account, id, params) =>
    params.confirm === true ? bankDelayMs(at, account, id, params) : 0,
  ),
  route('GET', '/v1/payment_intents', intents, intentListParameters, listIntents),
  // Before `:intent`, or "search" would be taken for an id.
  route('GET', '/v1/payment_intents/search', intents, searchParameters, searchIntents),
  route('GET', '/v1/payment_intents/:intent', intent, parameters.retrieveParameters, retrieveIntent),
  route('POST', '/v1/payment_intents/:intent', intent, parameters.updateParameters, updateIntent),
  route(
    'POST',
    '/v1/payment_intents/:intent/confirm',
    intent,
    parameters.confirmParameters,
    confirmIntent,
    bankDelayMs,
  ),
  route('POST', '/v1/payment_intents/:intent/cancel', intent, parameters.cancelParameters, cancelIntent),
  route('GET', '/v1/charges', { type: 'charge', isList: true }, chargeListParameters, listCharges),
  route('GET', '/v1/charges/:charge', { type: 'charge' }, expandOnly, retrieveCharge),
  route('GET', '/v1/payment_methods/:payment_method', { type: 'payment_method' }, expandOnly, retrieveMethod),
  route('POST', '/v1/test_helpers/confirmation_tokens', { type: 'confirmation_token' }, tokenParameters, createToken),
  route(
    'GET',
    '/v1/confirmation_tokens/:confirmation_token',
    { type: 'confirmation_token' },
    expandOnly,
    retrieveToken,
  ),
];
