// A route checks its parameters first, and gives back what remains to be done with them.
import type { z } from 'zod';
import { type Answer, errorAnswer, objectAnswer } from './answer.ts';
import type { Call } from './call.ts';
import type { Settings } from './env.ts';
import { ApiError } from './errors.ts';
import { checkExpand, expand } from './expand.ts';
import type { FormHash } from './form.ts';
import { readParameters } from './parameters.ts';
import type { Store } from './store.ts';

/** A request whose parameters are valid. */
export interface Prepared {
  /** Runs inside the store's transaction. @throws {ApiError} refused: nothing may stay of it. */
  execute(call: Call): Answer;
  /** How long the bank takes before that. */
  bankDelayMs(at: { store: Store; settings: Settings }, account: string): number;
}

type Handler<P> = (call: Call, params: P) => object;

export interface Route {
  readonly method: string;
  readonly pattern: RegExp;
  prepare(params: FormHash, path: Record<string, string>): Prepared;
}

/** An endpoint that answers one object of `type`, or with `isList` many of them. */
export function route<S extends z.ZodType<{ expand?: string[] | undefined }>>(
  method: 'GET' | 'POST' | 'DELETE',
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
