// A later phase: BEGIN | body | advance or settle | COMMIT. The fence is its last statement and touches only the record,
// so whatever rows the body locks are locked in the caller's order.
import { exitOf } from './answers.ts';
import type { Query } from './database.ts';
import { type Ending, endingOf, endStatement } from './ending.ts';
import { type Engine, inSpan, insidePhase, leaseLost, type Run } from './engine.ts';
import { advance, milliseconds, renew } from './statements.ts';
import { progressText, storedCopy } from './texts.ts';
import { ask, transact } from './transact.ts';
import type { TransactionPhase } from './workflow.ts';

export type Moved =
  | { readonly kind: 'ended'; readonly ending: Ending }
  | { readonly kind: 'advanced'; readonly run: Run };

/** @throws {LeaseLostError} when another holder has taken over; nothing of this phase is kept then. */
export async function runPhase<Tx>(engine: Engine<Tx>, run: Run, phase: TransactionPhase): Promise<Moved> {
  const { request, fence } = run;
  let moved: Moved | undefined;
  const becameOf = async () => {
    // Waits for a COMMIT that is still undecided. No row: settled, by us or another, which the caller will read.
    const lease = milliseconds(engine.leaseMs);
    const [row] = await ask(request, () => engine.database.query(renew, [request.id, String(fence), lease]));
    if (row === undefined) throw leaseLost(engine, run);
    return row['recovery_point'] === phase.name ? moved : undefined;
  };
  const body = async (tx: Tx, query: Query) => {
    const result = await insidePhase(engine.database, request.operation, () =>
      phase.body(tx as never, run.known as never),
    );
    const last = run.next === run.definition.phases.length - 1;
    const exit = exitOf(result) ?? (last ? { status: 'succeeded' as const, value: result } : undefined);
    await engine.at(`committing:${phase.name}`, request);
    const startedAt = performance.now();
    if (exit === undefined) moved = { kind: 'advanced', run: advanced(engine, run, phase, result, startedAt) };
    else moved = { kind: 'ended', ending: endingOf(engine, exit) };
    const [row] = await query(...statementFor(engine, run, phase, moved));
    if (row === undefined) throw leaseLost(engine, run);
    return moved;
  };
  return await inSpan(engine, request, { phase: phase.name }, () => transact(engine, request, body, becameOf));
}

const advanced = <Tx>(
  engine: Engine<Tx>,
  run: Run,
  phase: TransactionPhase,
  result: unknown,
  startedAt: number,
): Run => ({
  ...run,
  known: { ...run.known, [phase.name]: storedCopy(engine, result) },
  next: run.next + 1,
  failedTries: 0,
  waited: undefined,
  maybeSent: false,
  leaseEndsAt: startedAt + engine.leaseMs,
  advancedAt: startedAt,
});

function statementFor<Tx>(engine: Engine<Tx>, run: Run, phase: TransactionPhase, moved: Moved) {
  if (moved.kind === 'ended') return endStatement(engine, run, moved.ending, 'in_flight');
  const progress = progressText(engine, run.record, moved.run.known);
  const parameters = [run.request.id, String(run.fence), phase.name, progress, milliseconds(engine.leaseMs)];
  return [advance, parameters] as const;
}
