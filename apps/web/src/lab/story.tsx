import type { RunView } from './run.ts';
import type { Scenario } from './scenarios.ts';

/** What happened, and the lines that made the difference. */
export function Story({ scenario, run }: { scenario: Scenario; run: RunView | undefined }) {
  return (
    <section className="lab-story" aria-label="What happened">
      <div>
        <h2 className="text-title">What happens in Once</h2>
        <p>{scenario.happened}</p>
      </div>
      {scenario.naive && (
        <div>
          <h2 className="text-title">And without keys</h2>
          <p>{scenario.naive}</p>
        </div>
      )}
      {run && run.stoppedBy.length > 0 && (
        <div className="lab-stops">
          <h2 className="text-title">What stopped it</h2>
          {run.stoppedBy.map(({ file, line, says, code }) => (
            <details key={`${file}:${line}`}>
              <summary>
                {says}{' '}
                <code>
                  {file}:{line}
                </code>
              </summary>
              <pre>
                <code>{code}</code>
              </pre>
            </details>
          ))}
        </div>
      )}
    </section>
  );
}
