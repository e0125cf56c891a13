import { type Figure, rounded, type Target, type Unit } from '../figure.ts';
import type { Result } from './results.ts';

const HEAD = ['figure', 'measured', 'before', 'target', '', 'behind it'];

/** A Markdown table of figures, each beside what the last committed run has. */
export function tableOf(results: readonly Result[], before: (bench: string) => Result | undefined): string {
  const rows = results.flatMap((result) => {
    const earlier = before(result.bench);
    // Once a run is committed it is not what it is compared with.
    const figures = earlier?.at === result.at ? [] : (earlier?.figures ?? []);
    const old = new Map(figures.map((figure) => [figure.name, figure]));
    return result.figures.map((figure) => rowOf(figure, old.get(figure.name)));
  });
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(HEAD), line(HEAD.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Where and when: one line for each run, since a bench may be run by itself. */
export function runsOf(results: readonly Result[]): string {
  return results
    .map(({ bench, at, commit, load, seconds, machine }) => {
      const { cores, cpu, memoryGib, kernel, fsyncMs, node, postgres, postgresJs } = machine;
      const where = `${cores} × ${cpu}, ${memoryGib} GiB, Linux ${kernel}, fsync ${fsyncMs} ms`;
      const versions = `Node ${node}, Postgres ${postgres}, postgres.js ${postgresJs}`;
      const when = `${at.slice(0, 16).replace('T', ' ')} UTC at ${commit}, ${Math.round(seconds)} s`;
      return `- \`${bench}\`: ${when}, load ${load.join(' → ')}; ${where}; ${versions}`;
    })
    .join('\n');
}

function rowOf(figure: Figure, old: Figure | undefined): string[] {
  const { name, unit, median, low, high, rounds, target, behind } = figure;
  const spread = rounds > 1 ? ` [${rounded(low)}–${rounded(high)}] of ${rounds.toLocaleString('en')}` : '';
  return [
    name,
    `**${withUnit(median, unit)}**${spread}`,
    old ? withUnit(old.median, unit) : '–',
    target ? targetOf(target, unit) : '–',
    target ? (isMet(median, target) ? 'met' : 'missed') : '',
    behind,
  ];
}

const withUnit = (value: number, unit: Unit): string =>
  unit === '×' ? value.toFixed(2) : unit === '/s' ? `${rounded(value)}/s` : `${rounded(value)} ${unit}`.trimEnd();

const targetOf = ({ atLeast, atMost }: Target, unit: Unit): string =>
  atLeast === undefined ? `≤ ${withUnit(atMost ?? Number.NaN, unit)}` : `≥ ${withUnit(atLeast, unit)}`;

function isMet(
  value: number,
  { atLeast = Number.NEGATIVE_INFINITY, atMost = Number.POSITIVE_INFINITY }: Target,
): boolean {
  return value >= atLeast && value <= atMost;
}
