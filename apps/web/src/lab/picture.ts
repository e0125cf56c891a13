import { LANES, type LabEvent, type RunView, type ShopView } from './run.ts';
import { scenarioOf } from './scenarios.ts';

const LANE_PX = 150;
const ROW_PX = 44;
const HEAD_PX = 124;
const INK = '#17181c';
const CARE = '#7a5312';
const DOT = '#d8321c';

/** A run as an SVG that stands by itself, in ink on white. */
export function pictureOf(run: RunView): string {
  const halves = [
    ['Once', run.shops?.once],
    ['A shop without keys', run.shops?.naive],
  ].filter((half): half is [string, ShopView] => half[1] !== undefined);
  const rows = Math.max(0, ...halves.map(([, shop]) => shop.events.length));
  const [width, height] = [halves.length * LANE_PX * 4, HEAD_PX + rows * ROW_PX + 24];
  const drawn = halves.map(([title, shop], place) => halfOf(title, shop, place * LANE_PX * 4, height));
  const title = scenarioOf(run.scenario)?.name ?? run.scenario;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="${INK}"><title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/><text x="16" y="30" font-size="14">${escaped(title)}, run ${run.id}</text>${drawn.join('')}</svg>`;
}

function halfOf(title: string, { events, charges }: ShopView, left: number, height: number): string {
  const lanes = LANES.map((lane, place) => {
    const x = centre(place);
    return `<text x="${x}" y="100" text-anchor="middle" font-weight="600">${lane}</text><path d="M${x} 112V${height - 12}" stroke="#bbb"/>`;
  });
  const head = `<text x="16" y="62" font-size="18" font-weight="600">${escaped(title)}: ${charges} ${charges === 1 ? 'charge' : 'charges'}</text>`;
  return `<g transform="translate(${left} 0)">${head}${lanes.join('')}${events.map(rowOf).join('')}</g>`;
}

const centre = (lane: number): number => lane * LANE_PX + LANE_PX / 2;

function rowOf({ from, to, kind, text, key }: LabEvent, place: number): string {
  const y = HEAD_PX + place * ROW_PX + ROW_PX / 2;
  const [a, b] = [centre(LANES.indexOf(from)), centre(LANES.indexOf(to))];
  const colour = kind === 'lost' || kind === 'trouble' ? CARE : kind === 'charge' ? DOT : INK;
  const label = escaped(key ? `${text} [${key}]` : text);
  if (a === b) {
    return `<text x="${a}" y="${y + 4}" text-anchor="middle" fill="${colour}" stroke="#fff" stroke-width="4" paint-order="stroke" font-weight="600">${kind === 'charge' ? '● ' : ''}${label}</text>`;
  }
  const back = b > a ? -6 : 6;
  const dashes = kind === 'lost' ? ' stroke-dasharray="4 3"' : '';
  const head = kind === 'lost' ? '' : `M${b} ${y}l${back} -4M${b} ${y}l${back} 4`;
  return `<path d="M${a} ${y}H${b}${head}" fill="none" stroke="${colour}"${dashes}/><text x="${(a + b) / 2}" y="${y - 6}" text-anchor="middle" fill="${colour}" stroke="#fff" stroke-width="4" paint-order="stroke">${label}</text>`;
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
