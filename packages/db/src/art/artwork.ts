/**
 * Deterministic artwork for "Once". No dependencies, erasable TypeScript only.
 *
 *   renderArtwork('lee-shore', 'flow', { copy: 17 })  ->  '<svg …>…</svg>'
 *
 * The seed fixes the composition of an edition. The copy number changes it slightly, so every
 * numbered sheet differs from its neighbours. The output has no ids, no scripts, no fonts and no
 * external references: it may be inlined many times on one page or served as image/svg+xml.
 */

export const STYLES = [
  'flow',
  'truchet',
  'blocks',
  'squares',
  'cells',
  'moire',
  'circles',
  'weave',
  'ridges',
  'partition',
  'chords',
  'strata',
] as const;
export type Style = (typeof STYLES)[number];

export type Format = 'portrait' | 'landscape' | 'square';
export type Stock = 'light' | 'dark';

export interface Palette {
  /** Paper colour for each stock. */
  readonly paper: Readonly<Record<Stock, string>>;
  /** Line colour for each stock. */
  readonly line: Readonly<Record<Stock, string>>;
  /** Four inks that hold on both stocks, loudest first. */
  readonly inks: readonly [string, string, string, string];
}

export const PALETTES = {
  harbour: {
    paper: { light: '#f3f1ea', dark: '#14202b' },
    line: { light: '#17324a', dark: '#dfe7ea' },
    inks: ['#e4572e', '#2f6f9f', '#f0b67f', '#6fa8a1'],
  },
  kiosk: {
    paper: { light: '#f7f4ee', dark: '#1d1a22' },
    line: { light: '#221d2b', dark: '#f2ece2' },
    inks: ['#f2406b', '#f7b32b', '#3b6fd4', '#2e9e7a'],
  },
  moss: {
    paper: { light: '#f0f0e6', dark: '#18211b' },
    line: { light: '#22342a', dark: '#e4ead9' },
    inks: ['#d9822b', '#5c8a4a', '#a8b86a', '#2f6b62'],
  },
  blueprint: {
    paper: { light: '#eef2f6', dark: '#12224a' },
    line: { light: '#1b3fa6', dark: '#e6edf9' },
    inks: ['#2f5be0', '#6f9bf2', '#f26b4e', '#9db4d6'],
  },
  brick: {
    paper: { light: '#f4ece6', dark: '#2a1614' },
    line: { light: '#4a1f1a', dark: '#f5e3d7' },
    inks: ['#c8402f', '#e58a5b', '#7a8f9c', '#e9c29b'],
  },
  plum: {
    paper: { light: '#f4f0f2', dark: '#231628' },
    line: { light: '#3d2140', dark: '#f0e4ee' },
    inks: ['#b5467f', '#5d6fc0', '#f0a36b', '#7fb8b0'],
  },
  ash: {
    paper: { light: '#f2f2f0', dark: '#19191a' },
    line: { light: '#1c1c1e', dark: '#ececea' },
    inks: ['#e03a1e', '#8b8b88', '#5a5a5c', '#b9b8b3'],
  },
  citrus: {
    paper: { light: '#f6f5ea', dark: '#1b2420' },
    line: { light: '#23302b', dark: '#f2f3df' },
    inks: ['#f07f13', '#e2b714', '#3f8f6b', '#ef6f6c'],
  },
} as const satisfies Record<string, Palette>;
export type PaletteName = keyof typeof PALETTES;

export interface ArtworkOptions {
  /** Copy number, from 1. Omit for the artist's proof (the catalogue image). */
  readonly copy?: number;
  readonly palette?: PaletteName;
  readonly stock?: Stock;
  readonly format?: Format;
  /** Accessible name. Omit it when the image is decorative: the SVG is then aria-hidden. */
  readonly title?: string;
}

type Random = () => number;
type Point = readonly [number, number];

interface Sheet {
  readonly w: number;
  readonly h: number;
  /** Edition randomness: the same for every copy. */
  readonly r: Random;
  /** Copy randomness. */
  readonly v: Random;
  /** Copy number, 0 for the proof: styles with few visible choices walk through them instead of drawing lots. */
  readonly copy: number;
  readonly paper: string;
  readonly line: string;
  readonly inks: readonly string[];
  readonly dark: boolean;
}

const TAU = Math.PI * 2;
const SIZES: Record<Format, Point> = { portrait: [300, 400], landscape: [400, 300], square: [340, 340] };
const MARGIN = 26;

function hash(text: string): number {
  let h = 2166136261;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 16777619);
  h = Math.imul(h ^ (h >>> 15), 2246822507);
  return (h ^ (h >>> 13)) >>> 0;
}

function random(text: string): Random {
  let a = hash(text);
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One decimal, no leading or trailing zero: the difference is a third of the file. */
function n(x: number): string {
  const s = (Math.round(x * 10) / 10).toString();
  return s.startsWith('0.') ? s.slice(1) : s.startsWith('-0.') ? `-${s.slice(2)}` : s;
}
function pair(x: number, y: number): string {
  const b = n(y);
  return b.startsWith('-') ? n(x) + b : `${n(x)} ${b}`;
}
function polyline(points: readonly Point[], close = false): string {
  const first = points[0];
  if (!first) return '';
  let px = Math.round(first[0] * 10) / 10;
  let py = Math.round(first[1] * 10) / 10;
  let out = `M${pair(px, py)}`;
  for (let i = 1; i < points.length; i++) {
    const p = points[i] as Point;
    const dx = Math.round((p[0] - px) * 10) / 10;
    const dy = Math.round((p[1] - py) * 10) / 10;
    const s = pair(dx, dy);
    out += i === 1 ? `l${s}` : s.startsWith('-') ? s : ` ${s}`;
    px = Math.round((px + dx) * 10) / 10;
    py = Math.round((py + dy) * 10) / 10;
  }
  return close ? `${out}z` : out;
}
function fill(d: string, color: string, extra = ''): string {
  return d ? `<path d="${d}" fill="${color}"${extra}/>` : '';
}
function stroke(d: string, color: string, width: number, extra = ''): string {
  return d ? `<path d="${d}" fill="none" stroke="${color}" stroke-width="${n(width)}"${extra}/>` : '';
}
const ROUND = ' stroke-linecap="round" stroke-linejoin="round"';

function mix(a: string, b: string, t: number): string {
  const c = (i: number) => {
    const x = parseInt(a.slice(i, i + 2), 16);
    const y = parseInt(b.slice(i, i + 2), 16);
    return Math.round(x + (y - x) * t)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${c(1)}${c(3)}${c(5)}`;
}
function pick<T>(list: readonly T[], r: Random): T {
  return list[Math.floor(r() * list.length)] as T;
}
/** A smooth wandering function of x and y, made of a few sines. */
function field(r: Random, shift: number): (x: number, y: number) => number {
  const terms = Array.from({ length: 4 }, (_, i) => ({
    fx: (r() - 0.5) * (2.2 + i * 1.7),
    fy: (r() - 0.5) * (2.2 + i * 1.7),
    p: r() * TAU,
    a: 1 / (1 + i * 0.75),
  }));
  return (x, y) => terms.reduce((s, t) => s + t.a * Math.sin(TAU * (t.fx * x + t.fy * y) + t.p + shift), 0) / 2.2;
}

/* ---------------------------------------------------------------- styles */

function flow(s: Sheet): string {
  const f = field(s.r, (s.v() - 0.5) * 0.5);
  const turn = s.r() * TAU;
  const gap = 5.2;
  const cols = Math.ceil(s.w / gap);
  const taken = new Set<number>();
  const cell = (x: number, y: number) => Math.floor(y / gap) * (cols + 2) + Math.floor(x / gap);
  const layers = [s.line, s.line, s.inks[1] as string, s.inks[0] as string];
  const paths: string[] = layers.map(() => '');
  const step = 6.5;
  for (let k = 0; k < 900; k++) {
    let x = s.r() * s.w;
    let y = s.r() * s.h;
    const points: Point[] = [];
    const own = new Set<number>();
    for (let i = 0; i < 44; i++) {
      if (x < 0 || y < 0 || x > s.w || y > s.h) break;
      const c = cell(x, y);
      if (taken.has(c) && !own.has(c)) break;
      own.add(c);
      points.push([x, y]);
      const a = turn + f(x / s.w, y / s.h) * 2.1;
      x += Math.cos(a) * step;
      y += Math.sin(a) * step;
    }
    const [start] = points;
    if (start === undefined || points.length < 5) continue;
    for (const c of own) taken.add(c);
    const tone = f(start[0] / s.w + 0.3, start[1] / s.h);
    const layer = tone > 0.55 ? 3 : tone < -0.35 ? 2 : points.length > 20 ? 1 : 0;
    paths[layer] += polyline(points);
  }
  return paths.map((d, i) => stroke(d, layers[i] as string, i === 0 ? 1.5 : i === 1 ? 2.3 : 2.9, ROUND)).join('');
}

function truchet(s: Sheet): string {
  const cols = s.w > s.h ? 10 : 7;
  const t = s.w / cols;
  const rows = Math.round(s.h / t);
  const th = s.h / rows;
  const bias = 0.3 + s.r() * 0.4;
  const flips = new Set(Array.from({ length: 6 }, () => Math.floor(s.v() * cols * rows)));
  let arcs = '';
  let dots = '';
  let pool = '';
  const f = field(s.r, 0);
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < cols; i++) {
      const x = i * t;
      const y = j * th;
      let a = s.r() < bias + f(i / cols, j / rows) * 0.35;
      if (flips.has(j * cols + i)) a = !a;
      const h = t / 2;
      const v = th / 2;
      arcs += a
        ? `M${pair(x + h, y)}a${n(h)} ${n(v)} 0 0 1-${n(h)} ${n(v)}M${pair(x + t, y + v)}a${n(h)} ${n(v)} 0 0 0-${n(h)} ${n(v)}`
        : `M${pair(x + h, y)}a${n(h)} ${n(v)} 0 0 0 ${n(h)} ${n(v)}M${pair(x, y + v)}a${n(h)} ${n(v)} 0 0 1 ${n(h)} ${n(v)}`;
      if (f(i / cols + 0.2, j / rows) > 0.42) pool += `M${pair(x, y)}h${n(t)}v${n(th)}h-${n(t)}z`;
      if (flips.has(j * cols + i)) dots += `M${pair(x + h - 3, y + v)}a3 3 0 1 0 6 0a3 3 0 1 0-6 0`;
    }
  }
  return (
    fill(pool, s.inks[2] as string) +
    stroke(arcs, s.line, t * 0.44) +
    stroke(arcs, s.inks[1] as string, t * 0.22) +
    fill(dots, s.inks[0] as string)
  );
}

function blocks(s: Sheet): string {
  const size = 9;
  const tw = s.w / (size * 2 - 1);
  const tall = tw * 0.56;
  const f = field(s.r, (s.v() - 0.5) * 0.7);
  const lone = Math.floor(s.v() * size * size);
  const lift = (s.h - size * 2 * tall) / 2;
  const tones = [s.inks[1], s.inks[2], s.inks[3], s.inks[1]] as string[];
  let out = '';
  for (let d = 0; d < size * 2 - 1; d++) {
    for (let i = 0; i < size; i++) {
      const j = d - i;
      if (j < 0 || j >= size) continue;
      const z = Math.max(0.5, (f(i / size, j / size) + 1) * 2.4 + s.r() * 1.5) * tall * 1.15;
      const cx = s.w / 2 + (i - j) * tw * 0.98;
      const cy = lift + (i + j) * tall + tall * 2.2 - z;
      const base = i * size + j === lone ? (s.inks[0] as string) : (tones[Math.floor(s.r() * 3.4)] as string);
      const w = tw * 0.98;
      out += fill(
        polyline(
          [
            [cx, cy - tall],
            [cx + w, cy],
            [cx, cy + tall],
            [cx - w, cy],
          ],
          true,
        ),
        mix(base, '#ffffff', s.dark ? 0.12 : 0.38),
      );
      out += fill(
        polyline(
          [
            [cx - w, cy],
            [cx, cy + tall],
            [cx, cy + tall + z],
            [cx - w, cy + z],
          ],
          true,
        ),
        base,
      );
      out += fill(
        polyline(
          [
            [cx + w, cy],
            [cx, cy + tall],
            [cx, cy + tall + z],
            [cx + w, cy + z],
          ],
          true,
        ),
        mix(base, s.dark ? s.paper : s.line, 0.62),
      );
    }
  }
  return out;
}

function squares(s: Sheet): string {
  const cols = s.w > s.h ? 8 : 6;
  const t = s.w / cols;
  const rows = Math.round(s.h / t);
  const th = s.h / rows;
  const restless = 0.06 + s.r() * 0.06;
  const accents = new Set(Array.from({ length: 3 }, () => Math.floor(s.v() * cols * rows)));
  let line = '';
  let loud = '';
  let tint = '';
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < cols; i++) {
      const k = j * cols + i;
      const deep = 3 + Math.floor(s.r() * 4);
      const trouble = restless * t * (0.15 + (2.3 * j) / rows);
      for (let q = 0; q < deep; q++) {
        const o = (t * 0.9 * (q + 0.4)) / (deep * 2.1);
        const jig = (): number => (s.r() - 0.5) * 2 * trouble + (s.v() - 0.5) * trouble * 0.5;
        const x0 = i * t + o;
        const y0 = j * th + o;
        const x1 = (i + 1) * t - o;
        const y1 = (j + 1) * th - o;
        const d = polyline(
          [
            [x0 + jig(), y0 + jig()],
            [x1 + jig(), y0 + jig()],
            [x1 + jig(), y1 + jig()],
            [x0 + jig(), y1 + jig()],
          ],
          true,
        );
        if (accents.has(k)) loud += d;
        else line += d;
        if (q === deep - 1 && s.r() < 0.2) tint += d;
      }
    }
  }
  return (
    fill(tint, s.inks[1] as string) + stroke(line, s.line, 1.3, ROUND) + stroke(loud, s.inks[0] as string, 2.4, ROUND)
  );
}

function clip(poly: readonly Point[], mx: number, my: number, dx: number, dy: number): Point[] {
  const out: Point[] = [];
  for (let i = 0; i < poly.length; i++) {
    const a = poly[i] as Point;
    const b = poly[(i + 1) % poly.length] as Point;
    const da = (a[0] - mx) * dx + (a[1] - my) * dy;
    const db = (b[0] - mx) * dx + (b[1] - my) * dy;
    if (da <= 0) out.push(a);
    if (da <= 0 !== db <= 0) {
      const u = da / (da - db);
      out.push([a[0] + (b[0] - a[0]) * u, a[1] + (b[1] - a[1]) * u]);
    }
  }
  return out;
}
function centre(poly: readonly Point[]): Point {
  const m = poly.length || 1;
  return [poly.reduce((a, p) => a + p[0], 0) / m, poly.reduce((a, p) => a + p[1], 0) / m];
}

function cells(s: Sheet): string {
  const count = 92;
  let sites: Point[] = Array.from({ length: count }, () => {
    const e = s.r();
    return [s.r() * s.w, (e * 0.75 + e * e * 0.25) * s.h] as const;
  });
  sites = sites.map(([x, y]) => [x + (s.v() - 0.5) * 7, y + (s.v() - 0.5) * 7] as const);
  const box: Point[] = [
    [0, 0],
    [s.w, 0],
    [s.w, s.h],
    [0, s.h],
  ];
  const polygons = () =>
    sites.map((a) => {
      let poly = box;
      for (const b of sites) {
        if (a !== b) poly = clip(poly, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, b[0] - a[0], b[1] - a[1]);
      }
      return poly;
    });
  sites = polygons().map(centre);
  const round = s.r() < 0.5;
  const f = field(s.r, 0);
  const lone = Math.floor(s.v() * count);
  const layers = new Map<string, string>();
  polygons().forEach((poly, k) => {
    const [cx, cy] = centre(poly);
    const p: Point[] = poly.map(([x, y]) => {
      const d = Math.hypot(x - cx, y - cy) || 1;
      const q = Math.max(0.5, 1 - 2.6 / d);
      return [cx + (x - cx) * q, cy + (y - cy) * q] as const;
    });
    if (p.length < 3) return;
    const g = f(cx / s.w, cy / s.h);
    const color =
      k === lone
        ? (s.inks[0] as string)
        : g > 0.5
          ? (s.inks[2] as string)
          : g > 0.12
            ? (s.inks[3] as string)
            : g > -0.4
              ? (s.inks[1] as string)
              : s.line;
    let d = '';
    if (round) {
      p.forEach((a, i) => {
        const b = p[(i + 1) % p.length] as Point;
        const m = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] as const;
        if (i === 0) {
          const z = p[p.length - 1] as Point;
          d += `M${pair((z[0] + a[0]) / 2, (z[1] + a[1]) / 2)}`;
        }
        d += `Q${pair(a[0], a[1])} ${pair(m[0], m[1])}`;
      });
      d += 'z';
    } else d = polyline(p, true);
    layers.set(color, (layers.get(color) ?? '') + d);
  });
  return [...layers].map(([c, d]) => fill(d, c)).join('');
}

function moire(s: Sheet): string {
  const fan = s.r() < 0.5;
  const nudge = (((s.copy * 37 + 60) % 127) / 127 - 0.5) * 22; // distinct for up to 127 copies
  let a = '';
  let b = '';
  if (fan) {
    const m = 58;
    for (let i = 0; i <= m; i++) {
      const u = i / m;
      a += `M${pair((u - 0.5) * s.w * 0.3 + s.w * 0.5 + nudge, -10)}L${pair(-s.w * 0.9 + u * s.w * 2.8, s.h + 10)}`;
      b += `M${pair((u - 0.5) * s.w * 0.3 + s.w * 0.5 - nudge * 0.6, s.h + 10)}L${pair(-s.w * 0.9 + u * s.w * 2.8, -10)}`;
    }
    return stroke(a, s.line, 1.5) + stroke(b, s.inks[0] as string, 1.5);
  }
  const x1 = s.w * (0.3 + s.r() * 0.12) + nudge * 0.5;
  const x2 = s.w * (0.6 + s.r() * 0.12);
  const y1 = s.h * (0.36 + s.r() * 0.1);
  const y2 = s.h * (0.54 + s.r() * 0.1) + nudge;
  const ring = (x: number, y: number, q: number) =>
    `M${pair(x - q, y)}a${n(q)} ${n(q)} 0 1 0 ${n(q * 2)} 0a${n(q)} ${n(q)} 0 1 0-${n(q * 2)} 0`;
  for (let q = 4; q < s.h * 0.95; q += 5.6) {
    a += ring(x1, y1, q);
    b += ring(x2, y2, q);
  }
  return stroke(a, s.line, 2) + stroke(b, s.inks[0] as string, 2) + fill(ring(x1, y1, 15), s.inks[2] as string);
}

function circles(s: Sheet): string {
  const list: Array<readonly [number, number, number]> = [];
  const heavy = s.r() * 0.5 + 0.4;
  for (let k = 0; k < 5200 && list.length < 175; k++) {
    const x = s.r() * s.w;
    const y = s.r() * s.h;
    const max = (k < 60 ? 44 : 22) * (0.45 + heavy * (y / s.h));
    let q = Math.min(x, y, s.w - x, s.h - y, max);
    for (const c of list) {
      q = Math.min(q, Math.hypot(c[0] - x, c[1] - y) - c[2] - 1.8);
      if (q < 3) break;
    }
    if (q >= 3) list.push([x, y, q]);
  }
  const lone = Math.floor(s.v() * Math.min(40, list.length));
  return list
    .map(([x, y, q], k) => {
      const c = `cx="${n(x)}" cy="${n(y)}"`;
      if (k === lone) return `<circle ${c} r="${n(q)}" fill="${s.inks[0]}"/>`;
      const kind = s.r() + (s.v() - 0.5) * 0.12;
      const ink = pick([s.inks[1], s.inks[2], s.inks[3], s.line] as string[], s.r);
      if (kind < 0.5) return `<circle ${c} r="${n(q)}" fill="${ink}"/>`;
      if (kind < 0.72 || q < 7)
        return `<circle ${c} r="${n(q - 0.9)}" fill="none" stroke="${ink}" stroke-width="1.8"/>`;
      const a = s.r() * TAU;
      const dx = Math.cos(a) * q;
      const dy = Math.sin(a) * q;
      return (
        `<circle ${c} r="${n(q)}" fill="${mix(ink, s.paper, 0.55)}"/>` +
        `<path d="M${pair(x - dx, y - dy)}A${n(q)} ${n(q)} 0 0 1 ${pair(x + dx, y + dy)}z" fill="${ink}"/>`
      );
    })
    .join('');
}

function weave(s: Sheet): string {
  const cols = s.w > s.h ? 18 : 14;
  const t = s.w / cols;
  const rows = Math.round(s.h / t);
  const th = s.h / rows;
  const warp = Array.from({ length: cols }, () => pick([s.line, s.inks[1], s.inks[1], s.inks[3]] as string[], s.r));
  const weft = Array.from({ length: rows }, () => pick([s.inks[2], s.inks[2], s.inks[3], s.line] as string[], s.r));
  const place = (s.copy * 89 + Math.floor(s.r() * 50)) % (rows * cols); // every pair of threads is used once
  weft[place % rows] = s.inks[0] as string;
  warp[Math.floor(place / rows)] = s.inks[0] as string;
  const twill = 2 + Math.floor(s.r() * 3);
  const g = t * 0.08;
  const layers = new Map<string, string>();
  const add = (c: string, d: string) => {
    layers.set(c, (layers.get(c) ?? '') + d);
  };
  for (const [i, c] of warp.entries()) add(c, `M${pair(i * t + g, 0)}h${n(t - 2 * g)}v${n(s.h)}h-${n(t - 2 * g)}z`);
  let out = [...layers].map(([c, d]) => fill(d, c)).join('');
  layers.clear();
  let gaps = '';
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < cols; i++) {
      const diamond = Math.abs(i - cols / 2 + 0.5) + Math.abs(j - rows / 2 + 0.5);
      const over = (Math.floor(diamond) + (s.r() < 0.04 ? 1 : 0)) % twill !== 0;
      if (!over) continue;
      gaps += `M${pair(i * t - g, j * th)}h${n(t + 2 * g)}v${n(th)}h-${n(t + 2 * g)}z`;
      add(weft[j] as string, `M${pair(i * t - g, j * th + g)}h${n(t + 2 * g)}v${n(th - 2 * g)}h-${n(t + 2 * g)}z`);
    }
  }
  out += fill(gaps, s.paper) + [...layers].map(([c, d]) => fill(d, c)).join('');
  return out;
}

function ridges(s: Sheet): string {
  const rows = 27;
  const shift = (s.v() - 0.5) * 0.8;
  const f = field(s.r, shift);
  const g = field(s.r, shift * 2);
  const mx = s.w * (0.25 + s.r() * 0.5);
  const my = s.h * (0.1 + s.r() * 0.05);
  const q = s.w * (0.09 + s.r() * 0.04);
  let out = `<circle cx="${n(mx + (s.v() - 0.5) * 30)}" cy="${n(my)}" r="${n(q)}" fill="${s.inks[0]}"/>`;
  for (let j = 0; j < rows; j++) {
    const u = j / (rows - 1);
    const y = s.h * (0.2 + 0.78 * u);
    const points: Point[] = [];
    for (let i = 0; i <= 40; i++) {
      const x = i / 40;
      const swell = Math.sin(Math.PI * x) ** 1.6;
      const peak = (Math.max(0, f(x * 0.8, u * 0.7) + 0.3) * 62 + Math.abs(g(x * 2.4, u * 2)) * 24) * swell;
      points.push([x * s.w, y - peak - s.r() * 1.1]);
    }
    const tone = u < 0.34 ? s.inks[1] : u < 0.62 ? s.line : s.inks[3];
    out += `<path d="${polyline(points)}V${n(s.h)}H0z" fill="${s.paper}"/>`;
    out += stroke(polyline(points), tone as string, 1.1 + u * 0.9, ROUND);
  }
  return out;
}

function partition(s: Sheet): string {
  const rooms: Array<readonly [number, number, number, number]> = [];
  const split = (x: number, y: number, w: number, h: number, depth: number): void => {
    const small = w < 46 && h < 46;
    if (depth === 0 || small || (depth < 4 && s.r() < 0.14)) {
      rooms.push([x, y, w, h]);
      return;
    }
    const at = 0.28 + s.r() * 0.44 + (s.v() - 0.5) * 0.05;
    if (w > h * (0.7 + s.r() * 0.6)) {
      split(x, y, w * at, h, depth - 1);
      split(x + w * at, y, w - w * at, h, depth - 1);
    } else {
      split(x, y, w, h * at, depth - 1);
      split(x, y + h * at, w, h - h * at, depth - 1);
    }
  };
  split(0, 0, s.w, s.h, 6);
  const lone = Math.floor(s.v() * rooms.length);
  return rooms
    .map(([x, y, w, h], k) => {
      const g = 1.8;
      const box = `M${pair(x + g, y + g)}h${n(w - 2 * g)}v${n(h - 2 * g)}h-${n(w - 2 * g)}z`;
      const kind = s.r();
      const ink = pick([s.inks[1], s.inks[2], s.inks[3]] as string[], s.r);
      if (k === lone) return fill(box, s.inks[0] as string);
      if (kind < 0.42) return fill(box, ink);
      if (kind < 0.54) return fill(box, s.line);
      let d = '';
      const step = kind < 0.78 ? 4 : 7;
      if (s.r() < 0.5)
        for (let p = x + g + step / 2; p < x + w - g; p += step) d += `M${pair(p, y + g)}v${n(h - 2 * g)}`;
      else for (let p = y + g + step / 2; p < y + h - g; p += step) d += `M${pair(x + g, p)}h${n(w - 2 * g)}`;
      return stroke(d, kind < 0.78 ? s.line : ink, step * 0.42);
    })
    .join('');
}

function chords(s: Sheet): string {
  const m = 300;
  const a = 1 + Math.floor(s.r() * 2);
  const b = 2 + Math.floor(s.r() * 3);
  const p = s.r() * TAU;
  const nudge = (s.v() - 0.5) * 0.35;
  const cx = s.w / 2;
  const cy = s.h / 2;
  const rx = s.w * 0.47;
  const ry = s.h * 0.47;
  const paths = ['', '', ''];
  for (let i = 0; i < m; i++) {
    const t = (i / m) * TAU;
    const x1 = cx + rx * Math.cos(a * t + p);
    const y1 = cy + ry * Math.sin(t + p * 0.5 + nudge);
    const x2 = cx + rx * 0.82 * Math.cos(b * t + nudge);
    const y2 = cy + ry * 0.82 * Math.sin((b - 1 || 1) * t + p);
    const k = i % 150 < 18 ? 2 : i < m / 2 ? 0 : 1;
    paths[k] += `M${pair(x1, y1)}l${pair(x2 - x1, y2 - y1)}`;
  }
  return (
    stroke(paths[0] as string, s.line, 0.7) +
    stroke(paths[1] as string, s.inks[1] as string, 0.8) +
    stroke(paths[2] as string, s.inks[0] as string, 1)
  );
}

function strata(s: Sheet): string {
  const bands = 15;
  const shift = (s.v() - 0.5) * 0.9;
  const f = field(s.r, shift);
  const tones = [s.inks[3], s.inks[1], s.line, s.inks[2], s.inks[1], s.inks[3]] as string[];
  const loud = 4 + Math.floor(s.v() * 8);
  let out = fill(`M0 0h${n(s.w)}v${n(s.h)}H0z`, mix(s.inks[2] as string, s.paper, 0.7));
  const x = s.w * (0.3 + s.r() * 0.4);
  out += `<circle cx="${n(x)}" cy="${n(s.h * 0.2)}" r="${n(s.w * 0.11)}" fill="${s.paper}"/>`;
  let y = s.h * 0.3;
  let prior = -1;
  for (let j = 0; j < bands; j++) {
    const points: Point[] = [];
    for (let i = 0; i <= 26; i++) {
      const u = i / 26;
      points.push([u * s.w, y + f(u * 0.9, j * 0.07) * (26 - j) + f(u * 2 + 0.5, j * 0.2) * 7]);
    }
    let k = Math.floor(s.r() * tones.length);
    if (k === prior) k = (k + 1) % tones.length;
    prior = k;
    const ink = j === loud ? (s.inks[0] as string) : mix(tones[k] as string, s.paper, s.r() * 0.35);
    out += `<path d="${polyline(points)}V${n(s.h)}H0z" fill="${ink}"/>`;
    if (s.r() < 0.35)
      out += stroke(
        polyline(points),
        s.paper,
        1.4,
        ' stroke-dasharray="1 4.5" stroke-linecap="round" transform="translate(0 6)"',
      );
    y += ((s.h * 0.75) / bands) * (0.45 + s.r() * 1.1);
  }
  return out;
}

const DRAW: Record<Style, (s: Sheet) => string> = {
  flow,
  truchet,
  blocks,
  squares,
  cells,
  moire,
  circles,
  weave,
  ridges,
  partition,
  chords,
  strata,
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] as string);
}

export function renderArtwork(seed: string | number, style: Style, options: ArtworkOptions = {}): string {
  const names = Object.keys(PALETTES) as PaletteName[];
  const key = `${style}/${seed}`;
  const palette: Palette = PALETTES[options.palette ?? (names[hash(key) % names.length] as PaletteName)];
  const stock = options.stock ?? 'light';
  const [w, h] = SIZES[options.format ?? 'portrait'];
  const iw = w - MARGIN * 2;
  const ih = h - MARGIN * 2;
  const body = DRAW[style]({
    w: iw,
    h: ih,
    r: random(key),
    v: random(`${key}#${options.copy ?? 0}`),
    copy: options.copy ?? 0,
    paper: palette.paper[stock],
    line: palette.line[stock],
    inks: palette.inks,
    dark: stock === 'dark',
  });
  const name = options.title ? ` role="img" aria-label="${escaped(options.title)}"` : ' aria-hidden="true"';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}"${name}>` +
    `<path d="M0 0h${w}v${h}H0z" fill="${palette.paper[stock]}"/>` +
    `<svg x="${MARGIN}" y="${MARGIN}" width="${iw}" height="${ih}" overflow="hidden">${body}</svg></svg>`
  );
}
