import { z } from 'zod';
import type { Answer } from '../answer.ts';
import type { Settings } from '../env.ts';
import type { Store } from '../store.ts';
import type { EffectAt, FaultableRequest, FaultPhase, Faults } from './fault.ts';

/** What an action may use. */
export interface FaultServices {
  readonly store: Store;
  readonly settings: Settings;
  /** A charge that a fault takes back has events of its own. */
  readonly faults: Faults;
  /** Lets nobody connect to the API for so long, and cuts off whoever is connected. */
  refuseConnections(ms: number): void;
}

/** A request that a rule has matched. */
export interface Hit {
  readonly request: FaultableRequest;
  readonly services: FaultServices;
  /** The request's own answer, in `post` and `wire`. */
  readonly answer: Answer | undefined;
}

/** Something that can go wrong, and where. */
export interface Action<P extends FaultPhase = FaultPhase> {
  readonly phase: P;
  /** How many it hits where nobody says. */
  readonly times: number;
  /** Its name and what else it can be told; strict, with defaults. */
  readonly schema: z.ZodType<NamedAction>;
  /** A request in which it could change nothing is not matched, so that a fault that counts as fired has been one. */
  readonly applies: (hit: Hit) => boolean;
  /** @param named what `schema` gave */
  act(hit: Hit, named: NamedAction): Effect<P>;
}

/** An action as a rule names it: `{ "name": "decline", "code": "lost_card" }`, with its defaults filled in. */
export interface NamedAction {
  readonly name: string;
  readonly [option: string]: unknown;
}

type Effect<P extends FaultPhase> = Promise<EffectAt[P] | undefined> | EffectAt[P] | undefined;

export function action<P extends FaultPhase, S extends z.ZodRawShape>(
  phase: P,
  shape: S,
  act: (hit: Hit, options: z.output<z.ZodObject<S>>) => Effect<P>,
  applies: (hit: Hit) => boolean = () => true,
  times = 1,
): Action<P> {
  const options = z.object(shape);
  const schema = z.strictObject({ ...shape, name: z.string() }) as unknown as z.ZodType<NamedAction>;
  return { phase, schema, times, applies, act: (hit, named) => act(hit, options.parse(named)) };
}

/** Long enough for any client's timeout, short enough that a forgotten one ends. */
export const milliseconds = z.number().int().min(1).max(600_000);
