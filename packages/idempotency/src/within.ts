import { beginWithin, type Claiming } from './claim.ts';
import type { Engine } from './engine.ts';
import type { AnyOutcome } from './outcome.ts';
import { inFlight, refusal, settled, shortestClaimMs } from './protocol.ts';
import { decide, readFound } from './state.ts';
import { find } from './statements.ts';

/** An operation inside a transaction that the caller has opened: nothing is settled before that commits. */
export async function executeWithin<Tx>(
  engine: Engine<Tx>,
  claiming: Claiming,
  tx: Tx,
  waitMs: number,
): Promise<AnyOutcome> {
  const begun = await beginWithin(engine, claiming, tx, Math.max(waitMs, shortestClaimMs));
  if (begun.kind === 'ended') return settled(begun.ending, false);
  const [row] = begun.kind === 'exists' ? await engine.database.within(tx)(find, [claiming.id]) : [];
  const decision = decide(row && readFound(row), claiming.fingerprint);
  if (decision.kind === 'settled') return settled(decision, true);
  throw refusal(decision, claiming) ?? inFlight(claiming, 1_000);
}
