import { z } from 'zod';
import type { Action, NamedAction } from './action.ts';
import { EDGE } from './edge.ts';
import type { FaultPhase } from './fault.ts';
import { POST } from './post.ts';
import { PRE } from './pre.ts';
import { READS } from './reads.ts';
import { QUEUE, WEBHOOK } from './webhooks.ts';
import { WIRE } from './wire.ts';

/** @returns undefined: there is none of that name. */
export function actionNamed(name: string): Action | undefined {
  return ACTIONS.get(name);
}

/** The names of all, by the place where they act. */
export function actionsByPlace(): [FaultPhase, string[]][] {
  const places = Map.groupBy(ACTIONS, ([, { phase }]) => phase);
  return [...places].map(([place, actions]) => [place, actions.map(([name]) => name)]);
}

/** `"rst_after"`, or `{ "name": "hang_after", "ms": 500 }` for one that is to be told more. */
export const namedAction = z
  .union([z.string().transform((name): NamedAction => ({ name })), z.looseObject({ name: z.string() })])
  .transform((given, context): NamedAction => {
    const known = ACTIONS.get(given.name);
    const parsed = known?.schema.safeParse(given);
    if (parsed?.success) return parsed.data;
    const unknownName = `No action is called ${given.name}: ${[...ACTIONS.keys()].join(', ')}.`;
    for (const { path, message } of parsed?.error.issues ?? [{ path: [], message: unknownName }]) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
    return z.NEVER;
  });

const ACTIONS: ReadonlyMap<string, Action> = new Map<string, Action>(
  Object.entries({ ...EDGE, ...PRE, ...POST, ...WIRE, ...READS, ...QUEUE, ...WEBHOOK }),
);
