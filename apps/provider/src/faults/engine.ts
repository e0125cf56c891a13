import type { Answer } from '../answer.ts';
import { randomId } from '../ids.ts';
import type { Action, FaultServices, Hit } from './action.ts';
import { actionNamed } from './actions.ts';
import type { EffectAt, FaultableRequest, FaultPhase, Faults, QueueEffect, QueueHit } from './fault.ts';
import { matches } from './match.ts';
import type { ArmedFault, FaultRule } from './rules.ts';

/** A rule that can still hit, and what it does. */
interface Armed {
  readonly rule: ArmedFault;
  readonly action: Action;
}

/**
 * The faults that are armed. In each place, the first rule that matches a request hits it, and no other rule counts that
 * request. With nothing armed, a place costs one look at an empty list.
 */
export class FaultEngine implements Faults {
  readonly #services: FaultServices;
  #armed: readonly Armed[];

  /** Takes up what was armed before the last start. */
  constructor(services: Omit<FaultServices, 'faults'>) {
    this.#services = { ...services, faults: this };
    this.#armed = services.store.faults.list({ armedAt: Date.now() }).flatMap(armed);
  }

  arm(rule: FaultRule): ArmedFault {
    const { faults } = this.#services.store;
    const id = randomId('fault_');
    faults.add(id, rule, Date.now());
    const [added] = faults.list({ id });
    if (!added) throw new FaultLostError(id);
    this.#armed = [...this.#armed, ...armed(added)];
    return added;
  }

  /** Used up and expired ones too, until they are removed: what never hit is what a test wants to know. */
  list(filter: { account?: string | undefined } = {}): ArmedFault[] {
    return this.#services.store.faults.list(filter);
  }

  /** @returns the rule as it was; undefined: there is none. */
  remove(id: string): ArmedFault | undefined {
    const { store } = this.#services;
    const [rule] = store.faults.list({ id });
    store.transaction(() => {
      // What it holds would otherwise be held for ever.
      for (const held of store.deliveries.heldBy(id)) store.deliveries.release(held);
      store.faults.remove(id);
    });
    store.deliveries.announce();
    this.#disarm(id);
    return rule;
  }

  async at<P extends FaultPhase>(
    phase: P,
    request: FaultableRequest,
    answer?: Answer,
  ): Promise<EffectAt[P] | undefined> {
    if (this.#armed.length === 0) return undefined;
    const hit: Hit = { request, services: this.#services, answer };
    const taken = this.#take(phase, hit);
    if (!taken) return undefined;
    const effect = await taken.action.act(hit, taken.rule.action);
    // An action of this phase has the effects of this phase: `action()` saw to it where the action was written.
    return effect as EffectAt[P] | undefined;
  }

  within(phase: 'queue', request: FaultableRequest): QueueHit | undefined {
    const hit: Hit = { request, services: this.#services, answer: undefined };
    for (const { rule, action } of this.#matching(phase, hit)) {
      const { store } = this.#services;
      const taken = store.faults.take(rule.id, request.requestId, Date.now());
      // Only once that is committed: rolled back, the rule has not hit and is still armed.
      if (taken.kind === 'over' || taken.isUsedUp) store.afterCommit(() => this.#disarm(rule.id));
      if (taken.kind !== 'hit') continue;
      return { effect: action.act(hit, rule.action) as QueueEffect, ruleId: rule.id, isUsedUp: taken.isUsedUp };
    }
    return undefined;
  }

  #take(phase: FaultPhase, hit: Hit): Armed | undefined {
    const { store } = this.#services;
    for (const each of this.#matching(phase, hit)) {
      const { id } = each.rule;
      const taken = store.transaction(() => store.faults.take(id, hit.request.requestId, Date.now()));
      if (taken.kind === 'over' || taken.isUsedUp) this.#disarm(id);
      if (taken.kind === 'hit') return each;
    }
    return undefined;
  }

  #matching(phase: FaultPhase, hit: Hit): Armed[] {
    return this.#armed.filter(
      ({ rule, action }) =>
        action.phase === phase && matches(rule.match, hit.request, this.#services.store) && action.applies(hit),
    );
  }

  #disarm(id: string): void {
    this.#armed = this.#armed.filter(({ rule }) => rule.id !== id);
  }
}

/** A rule that was just written is not in the file. */
class FaultLostError extends Error {
  readonly code = 'PROVIDER_FAULT_LOST';
}

/** Nothing, for an action that an older or newer version has armed: it stays in the list, without a hit. */
function armed(rule: ArmedFault): Armed[] {
  const action = actionNamed(rule.action.name);
  return action ? [{ rule, action }] : [];
}
