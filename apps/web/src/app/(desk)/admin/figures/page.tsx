import { readHistory, SPANS, type SpanName } from '@once/checkout/history';
import type { Metadata, Route } from 'next';
import { ChartCard } from '#admin/figures/chart-card.tsx';
import { CHARTS } from '#admin/figures/charts.ts';
import { HATCH } from '#admin/figures/plot.ts';
import { DeskHead, Pills } from '#admin/parts.tsx';
import { Fresh } from '#frame/fresh.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import { atDesk, first, hrefOf } from '#server/admin/desk.ts';
import '#admin/figures/figures.css';

export const metadata: Metadata = { title: 'Figures' };

const NAMES: Readonly<Record<SpanName, string>> = { hour: 'Hour', day: 'Day', month: 'Month' };
const ORDER = Object.keys(SPANS) as SpanName[];
const FRESH_MS = 15_000;

export default async function Figures({ searchParams }: PageProps<'/admin/figures'>) {
  const { over } = await searchParams;
  const here = ORDER.find((known) => known === first(over)) ?? 'hour';
  const of = (span: SpanName) => hrefOf('/admin/figures', { over: span }) as Route;
  const { shop } = await atDesk(of(here));
  const { readAt, slots, telling } = await readHistory(shop.db, here);
  return (
    <>
      <DeskHead title="Figures" />
      <Pills
        label="Over which time"
        pills={ORDER.map((span) => ({ name: NAMES[span], href: of(span), isHere: span === here }))}
      />
      <p className="pt-4 text-ink-2 text-small">
        Read at <LocalTime at={readAt} as="second" />. Counted by {many(telling.web, 'web process')} and{' '}
        {many(telling.worker, 'worker')}; charts are in UTC.
      </p>
      {(telling.web === 0 || telling.worker === 0) && (
        <output className="notice care mt-3">
          {silentOf(telling)} has told nothing for half a minute: what it does now is not in these charts.
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
          <ChartCard key={chart.title} chart={chart} span={here} slots={slots} />
        ))}
      </div>
      <Fresh everyMs={FRESH_MS} />
    </>
  );
}

const many = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : one.endsWith('s') ? 'es' : 's'}`;

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
