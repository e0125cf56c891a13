import type { History, SpanName } from '@once/checkout/history';
import { LocalTime } from '#frame/local-time.tsx';
import { ChartCard } from './chart-card.tsx';
import { CHARTS } from './charts.ts';
import { HATCH } from './plot.ts';
import './figures.css';

/** All charts of one span, who counts, and what the signs in them mean. */
export function FiguresView({ history: { readAt, slots, telling }, span }: { history: History; span: SpanName }) {
  return (
    <>
      <p className="pt-4 text-ink-2 text-small">
        Read at <LocalTime at={readAt} as="second" />. Counted by {many(telling.web, 'web process', 'web processes')}{' '}
        and {many(telling.worker, 'worker', 'workers')}; charts are in UTC.
      </p>
      {(telling.web === 0 || telling.worker === 0) && (
        <output className="notice care mt-3 text-small">
          <span className="col-span-full">
            {silentOf(telling)} has told nothing for half a minute: what it does now is not in these charts.
          </span>
        </output>
      )}
      <p className="chart-signs">
        <span className="sign-none">no figures: nobody told</span>
        <span className="sign-part">part of the time: at least so many</span>
        <span className="sign-start">a process started</span>
      </p>
      <Hatch />
      <div className="charts">
        {CHARTS.map((chart) => (
          <ChartCard key={chart.title} chart={chart} span={span} slots={slots} />
        ))}
      </div>
    </>
  );
}

const many = (count: number, one: string, several: string) => `${count} ${count === 1 ? one : several}`;

function silentOf({ web, worker }: { web: number; worker: number }): string {
  if (web === 0 && worker === 0) return 'Nobody';
  return web === 0 ? 'Web' : 'The worker';
}

/** What a time without figures is filled with, in all charts. */
function Hatch() {
  return (
    <svg width="0" height="0" aria-hidden="true" className="absolute">
      <pattern id={HATCH} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="2" height="6" className="fill-rule" />
      </pattern>
    </svg>
  );
}
