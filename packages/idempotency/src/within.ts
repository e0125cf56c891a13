import { beginWithin, type Claiming } from './claim.ts';
import { ended, replay } from './ending.ts';
import type { Engine } from './engine.ts';
import type { AnyOutcome } from './outcome.ts';
import { shortestClaimMs } from './protocol.ts';
import { inFlight, refusal } from './refusals.ts';
import { decide, readFound } from './state.ts';
import { find } from './statements.ts';
import { refuseUnreadable } from './texts.ts';

/** An operation inside a transaction that the caller has opened: nothing is settled before that commits. */
export async function executeWithin<Tx>(
  engine: Engine<Tx>,
  claiming: Claiming,
  tx: Tx,
  { waitMs, rerunExpired }: { readonly waitMs: number; readonly rerunExpired: boolean },
): Promise<AnyOutcome> {
  const begun = await beginWithin(engine, claiming, tx, Math.max(waitMs, shortestClaimMs));
  if (begun.kind === 'ended') return ended(engine, begun.ending);
  const [row] = begun.kind === 'exists' ? await engine.database.within(tx)(find, [claiming.id]) : [];
  const found = row && readFound(row);
  if (found) refuseUnreadable(engine, claiming, found.fingerprint);
  const decision = decide(found, claiming.fingerprints);
  if (found && decision.kind === 'settled') return replay(engine, claiming, found.fingerprint, decision);
  if (decision.kind === 'expired' && rerunExpired) {
    return await executeWithin(engine, { ...claiming, again: true }, tx, { waitMs, rerunExpired: false });
  }
  throw refusal(decision, claiming) ?? inFlight(claiming, 1_000);
}
