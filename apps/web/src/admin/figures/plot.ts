import * as Plot from '@observablehq/plot';
import { type HistorySlot, SPANS, type SpanName } from '@once/checkout/history';
import { parseHTML } from 'linkedom';
import { type ChartOf, type Column, toldOf } from './charts.ts';

// Charts are drawn on the server: no script of theirs reaches the browser, and they are there without one. Of one size, which
// is a phone's width and a third of a desk's, so that their letters are never scaled much.

const WIDTH = 400;
const HEIGHT = 168;

/** Where the pattern of a time without figures is defined, once on the page. */
export const HATCH = 'no-figures';

interface Bar {
  readonly from: Date;
  readonly to: Date;
  readonly middle: Date;
}

export interface Drawn {
  readonly chart: ChartOf;
  readonly span: SpanName;
  readonly slots: readonly HistorySlot[];
  /** What it shows, in a sentence. */
  readonly says: string;
}

/** @returns an SVG, which is one picture for whoever has it read out */
export function plotOf({ chart, span, slots, says }: Drawn): string {
  const times = slots.map((slot) => ({ slot, told: toldOf(chart, slot), ...timesOf(slot.at, SPANS[span].slotMs) }));
  const unit = chart.drawn[0]?.unit ?? 'count';
  const highest = Math.max(0, ...slots.flatMap((slot) => chart.drawn.map(({ of }) => of(slot) ?? 0)));
  const told = times.filter((time) => time.told !== 'none');
  const { document } = parseHTML('<html></html>');
  const svg = Plot.plot({
    document: document as unknown as Document,
    className: 'chart',
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 46,
    marginRight: 6,
    marginTop: 10,
    marginBottom: 24,
    x: { type: 'utc', domain: [times[0]?.from, times.at(-1)?.to].filter((at) => at !== undefined) },
    // Of so few there is no third of one.
    y: { domain: [0, unit === 'count' ? Math.max(4, highest) : highest || 1], nice: true },
    marks: [
      Plot.rect(
        times.filter((time) => time.told === 'none'),
        { x1: 'from', x2: 'to', fill: `url(#${HATCH})`, insetTop: 0 },
      ),
      Plot.gridY({ ticks: 3, stroke: 'var(--color-rule)', strokeOpacity: 1 }),
      Plot.axisY({ ticks: 3, tickSize: 0, label: null, tickFormat: AXES[unit] }),
      Plot.axisX({ ticks: TICKS[span], tickSize: 4, label: null, tickFormat: (at: Date) => FORMATS[span].format(at) }),
      Plot.ruleX(
        times.filter(({ slot }) => slot.started > 0),
        { x: 'middle', stroke: 'var(--color-care)', strokeDasharray: '2 3' },
      ),
      ...(unit === 'count' ? barsOf(chart, told) : linesOf(chart, times)),
      Plot.ruleY([0], { stroke: 'var(--color-ink)' }),
    ],
  });
  // Names of parts that have no role; the whole has one.
  for (const part of svg.querySelectorAll('[aria-label]')) part.removeAttribute('aria-label');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', says);
  return svg.outerHTML;
}

interface Time extends Bar {
  readonly slot: HistorySlot;
  readonly told: ReturnType<typeof toldOf>;
}

// One unit along an axis.
const AXES: Readonly<Record<Column['unit'], (value: number) => string>> = {
  count: (value) => value.toLocaleString('en-GB'),
  seconds: (value) => `${value.toLocaleString('en-GB')} s`,
};
const TICKS = { hour: '15 minutes', day: '6 hours', month: '1 week' } as const satisfies Record<SpanName, string>;

const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'short', timeZone: 'UTC' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
/** How a slot is called. */
export const FORMATS = { hour: CLOCK, day: CLOCK, month: DAY } as const satisfies Record<SpanName, Intl.DateTimeFormat>;

const timesOf = (at: Date, slotMs: number): Bar => ({
  from: at,
  to: new Date(at.getTime() + slotMs),
  middle: new Date(at.getTime() + slotMs / 2),
});

const barsOf = ({ drawn }: ChartOf, told: readonly Time[]): Plot.Markish[] =>
  drawn.map(({ of }) =>
    Plot.rectY(told, {
      ...{ x1: 'from', x2: 'to', y: ({ slot }: Time) => of(slot), insetLeft: 0.5, insetRight: 0.5 },
      // Lighter: one who counts was silent for a while, so there may have been more.
      fill: (time: Time) => (time.told === 'all' ? 'var(--color-ink)' : 'var(--color-bar)'),
    }),
  );

/** A line breaks where nothing was measured. */
const linesOf = ({ drawn }: ChartOf, times: readonly Time[]): Plot.Markish[] =>
  drawn.flatMap(({ of }, place) => {
    const y = (time: Time) => (time.told === 'none' ? Number.NaN : (of(time.slot) ?? Number.NaN));
    const stroke = place === 0 ? 'var(--color-ink)' : 'var(--color-care)';
    return [
      Plot.lineY(times, { x: 'middle', y, stroke, strokeWidth: 1.5 }),
      // What has no neighbours is no line.
      Plot.dot(times, { x: 'middle', y, fill: stroke, r: 2 }),
    ];
  });
