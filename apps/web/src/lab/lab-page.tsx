'use client';
import { useState } from 'react';
import { Controls } from './controls.tsx';
import { FaultMenu } from './fault-menu.tsx';
import { Half } from './half.tsx';
import type { RunView } from './run.ts';
import { SCENARIOS, type Scenario, type ScenarioId, scenarioOf } from './scenarios.ts';
import { Story } from './story.tsx';
import { usePlayback } from './use-playback.ts';
import { isUnderWay, useRun } from './use-run.ts';
import './lab.css';

/** Choose a fault, press Pay, watch. With a run, what it has shown. */
export function LabPage({ initial }: { initial?: RunView }) {
  const [chosen, setChosen] = useState<ScenarioId>(idOf(initial?.scenario));
  const { run, isBusy, trouble, press, clear } = useRun(initial);
  const scenario: Scenario = scenarioOf(run?.scenario ?? chosen) ?? SCENARIOS[0];
  const playback = usePlayback(run);
  const choose = (id: ScenarioId) => {
    setChosen(id);
    if (run && run.scenario !== id) clear();
  };
  return (
    <>
      <div className="lab-head">
        <h1 className="text-display">Break the payment.</h1>
        <p className="text-ink-2 text-lead">
          Pick a fault and press Pay. Real processes, a real database and a payment provider go through it; the diagram
          is what they wrote down. Follow the key: wherever it turns up again, the shop answers from what it already
          knows.
        </p>
      </div>
      <div className="lab">
        <form
          className="lab-side"
          onSubmit={(event) => {
            event.preventDefault();
            void press(chosen);
          }}
        >
          <FaultMenu chosen={chosen} onChoose={choose} isBusy={isBusy} />
          <button type="submit" className="btn btn-full" aria-disabled={isBusy}>
            {isBusy ? 'Paying…' : run ? 'Press Pay again' : 'Pay €152.00'}
          </button>
          <output className="text-ink-2 text-small">{trouble ?? saidOf(run)}</output>
        </form>
        <div className="lab-main">
          <div className="lab-halves">
            <Half title="Once" shop={run?.shops?.once} untilMs={playback.untilMs} isOver={isOver(run)} />
            {scenario.naive && (
              <Half
                title="A shop without keys"
                shop={run?.shops?.naive}
                untilMs={playback.untilMs}
                isOver={isOver(run)}
              />
            )}
          </div>
          {run && isOver(run) && <Controls run={run} playback={playback} />}
          <Story scenario={scenario} run={run} />
        </div>
      </div>
    </>
  );
}

const idOf = (id: string | undefined): ScenarioId => SCENARIOS.find((each) => each.id === id)?.id ?? 'answer-lost';

const isOver = (run: RunView | undefined): boolean => run !== undefined && !isUnderWay(run);

function saidOf(run: RunView | undefined): string {
  switch (run?.state) {
    case undefined:
      return '';
    case 'queued':
      return `Waiting for a sandbox: ${run.queue === 1 ? 'you are next' : `${run.queue - 1} before you`}.`;
    case 'preparing':
      return 'Starting a shop of your own…';
    case 'ready':
      return 'Running.';
    case 'closed':
      return 'This run was left before it ended.';
    case 'failed':
      return 'The sandbox could not be started. The laboratory’s log says why.';
    case 'ended':
      return run.unstruck.length === 0
        ? 'Over. What was armed has struck.'
        : `The fault did not fire: ${run.unstruck.join(', ')}.`;
  }
}
