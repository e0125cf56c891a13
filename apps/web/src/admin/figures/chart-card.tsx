import { type HistorySlot, SPANS, type SpanName } from '@once/checkout/history';
import { type ChartOf, type Column, shownAs, toldOf } from './charts.ts';
import { FORMATS, plotOf } from './plot.ts';

interface ChartCardProps {
  readonly chart: ChartOf;
  readonly span: SpanName;
  readonly slots: readonly HistorySlot[];
}

/** A chart, and the table of what it shows: always there for who does not see the chart, shown to others when they ask. */
export function ChartCard({ chart, span, slots }: ChartCardProps) {
  const { title, says, drawn } = chart;
  return (
    <section className="chart-card" aria-label={title}>
      <h2 className="text-lead font-medium">{title}</h2>
      <p className="chart-sum">{sumOf(chart, slots)}</p>
      <p className="chart-says">{says}</p>
      <Plotted svg={plotOf({ chart, span, slots, says: saidOf(chart, span, slots) })} />
      <div className="chart-foot">
        {drawn.length > 1 && (
          <p className="chart-key" aria-hidden="true">
            {drawn.map(({ name }) => (
              <span key={name}>{name}</span>
            ))}
          </p>
        )}
        <label className="chart-toggle">
          <input type="checkbox" /> Table<span className="sr"> of {title}</span>
        </label>
      </div>
      <ChartTable chart={chart} span={span} slots={slots} />
    </section>
  );
}

/** Made on the server out of numbers and the words of this folder: nothing in it is anybody's. */
function Plotted({ svg: __html }: { svg: string }) {
  return <div dangerouslySetInnerHTML={{ __html }} />; // oxlint-disable-line react/no-danger
}

function ChartTable({ chart, span, slots }: ChartCardProps) {
  const columns = [...chart.drawn, ...(chart.beside ?? [])];
  return (
    <div className="chart-table">
      <table className="grid-table">
        <caption className="sr">{chart.title}, newest first, times in UTC</caption>
        <thead>
          <tr>
            <th scope="col">{span === 'month' ? 'Day' : 'From'} (UTC)</th>
            {columns.map(({ name }) => (
              <th key={name} scope="col" className="num">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {slots.toReversed().map((slot) => (
            <tr key={slot.at.getTime()}>
              <th scope="row">
                <time dateTime={slot.at.toISOString()}>{FORMATS[span].format(slot.at)}</time>
                {slot.started > 0 && <small> a process started</small>}
              </th>
              {toldOf(chart, slot) === 'none' ? (
                <td className="num text-ink-2" colSpan={columns.length}>
                  no figures
                </td>
              ) : (
                columns.map((column) => (
                  <td key={column.name} className="num">
                    {cellOf(chart, column, slot)}
                  </td>
                ))
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Where one who counts was silent for a while, a count is the least that it can be. */
function cellOf(chart: ChartOf, { unit, of }: Column, slot: HistorySlot): string {
  const value = of(slot);
  if (value === null) return '–';
  return toldOf(chart, slot) === 'part' && unit === 'count' ? `at least ${shownAs(unit, value)}` : shownAs(unit, value);
}

/** The one figure that stands for the whole time. */
function sumOf(chart: ChartOf, slots: readonly HistorySlot[]): string {
  const told = slots.filter((slot) => toldOf(chart, slot) !== 'none');
  const { unit, of } = chart.drawn.at(-1) ?? { unit: 'count', of: () => null };
  const values = told.map(of).filter((value) => value !== null);
  if (told.length === 0) return 'no figures';
  if (unit === 'count')
    return shownAs(
      unit,
      values.reduce((sum, value) => sum + value, 0),
    );
  return values.length === 0 ? 'none' : `${shownAs(unit, Math.max(...values))} at worst`;
}

const SLOT_NAMES = { hour: 'minutes', day: 'hours', month: 'days' } as const;

/** The chart in a sentence. */
function saidOf(chart: ChartOf, span: SpanName, slots: readonly HistorySlot[]): string {
  const silent = slots.filter((slot) => toldOf(chart, slot) === 'none').length;
  const gaps = silent > 0 ? ` No figures for ${silent} of ${SPANS[span].slots} ${SLOT_NAMES[span]}.` : '';
  return `Chart of ${chart.title}, by ${SLOT_NAMES[span]}: ${sumOf(chart, slots)} in all.${gaps} The table has each of them.`;
}
