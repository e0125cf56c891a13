import type { LabEvent } from './run.ts';
import { LANES } from './run.ts';

const NAMES = { browser: 'Browser', shop: 'Shop', postgres: 'Postgres', provider: 'Provider' } as const;

/** The diagram. What is drawn is an ordered list of sentences for whoever does not see it. */
export function Sequence({ events, title }: { events: readonly LabEvent[]; title: string }) {
  return (
    <div className="seq">
      <div className="seq-lanes" aria-hidden="true">
        {LANES.map((lane) => (
          <span key={lane}>{NAMES[lane]}</span>
        ))}
      </div>
      {events.length === 0 && <p className="seq-empty">Nothing has happened yet.</p>}
      <ol className="seq-rows" aria-live="polite" aria-label={`What happened in ${title}`}>
        {events.map((event) => (
          <Row key={event.source} event={event} />
        ))}
      </ol>
    </div>
  );
}

function Row({ event }: { event: LabEvent }) {
  const { source, from, to, kind, text, key } = event;
  return (
    <li className={`seq-row ${kind}`} data-source={source} data-from={from} data-to={to}>
      <span className="sr">{sentenceOf(event)}</span>
      {from === to ? (
        <span className="seq-at" aria-hidden="true">
          {kind === 'charge' && <i className="dot dot-sold" />}
          {text}
        </span>
      ) : (
        <span className="seq-arrow" aria-hidden="true">
          <span className="seq-text">{text}</span>
          {key && <span className="seq-key">{key}</span>}
        </span>
      )}
    </li>
  );
}

/** As it is read out. */
export function sentenceOf({ from, to, kind, text, key, atMs }: LabEvent): string {
  const where = from === to ? NAMES[from] : `${NAMES[from]} to ${NAMES[to]}`;
  const lost = kind === 'lost' ? ', never arrived' : '';
  return `${(atMs / 1000).toFixed(2)} s, ${where}: ${text}${lost}${key ? `, key ${key}` : ''}.`;
}
