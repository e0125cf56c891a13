import { scaleLinear, scaleLog } from 'd3-scale';
import type { Curve } from '../figure.ts';

export interface Chart {
  /** What it shows, for those who do not see it. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
}

interface Axis {
  readonly label: string;
  readonly isLog?: boolean;
  /** Where it must reach at least; the values decide what is left open. */
  readonly from?: number;
  readonly to?: number;
}

const [WIDTH, HEIGHT] = [720, 320];
const PLOT = { left: 56, right: 560, top: 16, bottom: 268 };
/** Told apart by shape as well as by colour. */
const DASHES = ['none', '7 4', '2 4', '10 4 2 4', '14 4'];
const LIGHT = ['#1f4e5f', '#b4461f', '#6b7a1e', '#7b3f7a', '#8a6a12'];
const DARK = ['#8cc3d6', '#f0916b', '#c3d16a', '#d59ad3', '#e0bd5c'];

/** One drawing that reads on white and on black: its colours follow the reader's. */
export function drawChart({ title, x, y }: Chart, curves: readonly Curve[]): string {
  const xs = curves.flatMap(({ points }) => points.map(([value]) => value));
  const ys = curves.flatMap(({ points }) => points.map(([, value]) => value));
  const across = scaleOf(x, xs, [PLOT.left, PLOT.right]);
  const up = scaleOf(y, ys, [PLOT.bottom, PLOT.top]);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    ...ticksOf(y, up).map(
      (tick) =>
        `<path class="grid" d="M${PLOT.left} ${at(up(tick))}H${PLOT.right}"/>` +
        `<text class="tick" x="${PLOT.left - 8}" y="${at(up(tick) + 4)}" text-anchor="end">${shown(tick)}</text>`,
    ),
    ...ticksOf(x, across).map(
      (tick) =>
        `<text class="tick" x="${at(across(tick))}" y="${PLOT.bottom + 20}" text-anchor="middle">${shown(tick)}</text>`,
    ),
    `<text class="label" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text class="label" transform="translate(14 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
    ...curves.map(({ points }, place) =>
      lineOf(
        points.map(([a, b]) => [across(a), up(b)] as const),
        place,
      ),
    ),
    ...namesOf(curves, up),
    '</svg>\n',
  ].join('\n');
}

type Scale = ((value: number) => number) & { ticks(count?: number): number[] };

function scaleOf(
  { isLog = false, from, to }: Axis,
  values: readonly number[],
  range: readonly [number, number],
): Scale {
  const domain = [from ?? Math.min(...values), Math.max(to ?? Number.NEGATIVE_INFINITY, ...values)];
  return isLog ? scaleLog(domain, range) : scaleLinear(domain, range).nice();
}

/** Of a logarithm, the powers of ten alone. */
const ticksOf = ({ isLog = false }: Axis, scale: Scale): number[] =>
  isLog ? scale.ticks().filter((tick) => Number.isInteger(Math.log10(tick))) : scale.ticks(6);

function lineOf(points: readonly (readonly [number, number])[], place: number): string {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('');
  const dots = points.length > 10 ? [] : points.map(([x, y]) => `<circle cx="${at(x)}" cy="${at(y)}" r="3.5"/>`);
  return `<g class="line line-${place}"><path d="${path}" stroke-dasharray="${DASHES[place % DASHES.length]}"/>${dots.join('')}</g>`;
}

/** Beside the end of each line, moved apart where they would lie on each other. */
function namesOf(curves: readonly Curve[], up: Scale): string[] {
  const APART = 16;
  const ends = curves
    .map(({ line, points }, place) => ({ line, place, y: up(points.at(-1)?.[1] ?? 0) }))
    .sort((a, b) => a.y - b.y);
  let above = Number.NEGATIVE_INFINITY;
  return ends.map(({ line, place, y }) => {
    above = Math.max(y, above + APART);
    return `<text class="name name-${place}" x="${PLOT.right + 12}" y="${at(above + 4)}">${escaped(line)}</text>`;
  });
}

const colours = (of: readonly string[]) =>
  of.map((colour, place) => `.line-${place}{color:${colour}}.name-${place}{fill:${colour}}`).join('');

const STYLE = [
  'text{font:13px ui-sans-serif,system-ui,sans-serif;fill:#55524c}.name{font-weight:600}',
  '.grid{stroke:#55524c;stroke-opacity:.2}.line path{fill:none;stroke:currentColor;stroke-width:2}.line circle{fill:currentColor}',
  colours(LIGHT),
  `@media(prefers-color-scheme:dark){text{fill:#b8b3a9}.grid{stroke:#b8b3a9}${colours(DARK)}}`,
].join('');

const at = (value: number): string => value.toFixed(1).replace(/\.0$/, '');
const shown = (value: number): string => value.toLocaleString('en');
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
