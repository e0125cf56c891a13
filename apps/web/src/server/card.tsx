import { readFile } from 'node:fs/promises';
import type { schema } from '@once/db';
import { renderArtwork } from '@once/db/art';
import type { CSSProperties } from 'react';
import { sizeOf } from '#frame/print-picture.tsx';

// Pictures of 1200 × 630 for whoever links to the shop: a print on the wall, and its label. Those who show them take no SVG.

type Edition = Pick<
  typeof schema.edition.$inferSelect,
  'slug' | 'title' | 'studio' | 'style' | 'palette' | 'stock' | 'format' | 'copies'
>;

const WIDTH = 1200;
const HEIGHT = 630;
const WALL = '#f0f1f2';
const INK = '#15171a';
const INK_2 = '#4d5055';
const DOT = '#dd2a1b';

/** One print with its label. Without the price, which may change when the picture no longer does. */
export async function drawPrintCard(print: Edition): Promise<Uint8Array<ArrayBuffer>> {
  const isLegible = canDraw(print.title) && canDraw(print.studio);
  return await draw(
    <Wall>
      <div style={{ ...ROW, width: isLegible ? 560 : 860, justifyContent: 'center' }}>
        <Hung print={print} within={[460, 500]} />
      </div>
      <div style={{ ...COLUMN, flex: 1, height: 500, justifyContent: 'space-between' }}>
        {isLegible ? (
          <div style={{ ...COLUMN, gap: 18 }}>
            <div style={{ fontSize: print.title.length > 24 ? 52 : 68, lineHeight: 1.02, letterSpacing: '-0.03em' }}>
              {shortened(print.title, 70)}
            </div>
            <div style={{ fontSize: 32, color: INK_2 }}>{shortened(print.studio, 40)}</div>
            <div style={{ fontSize: 32, color: INK_2 }}>{`Edition of ${print.copies}. Each number is sold once.`}</div>
          </div>
        ) : (
          <div />
        )}
        <Mark />
      </div>
    </Wall>,
  );
}

/** The shop itself: what hangs there, side by side. */
export async function drawShopCard(prints: readonly Edition[]): Promise<Uint8Array<ArrayBuffer>> {
  return await draw(
    <Wall>
      <div style={{ ...COLUMN, width: '100%', height: 510, justifyContent: 'space-between' }}>
        <div style={{ ...ROW, justifyContent: 'space-between', alignItems: 'flex-end', height: 330 }}>
          {prints.map((print) => (
            <Hung key={print.slug} print={print} within={[236, 320]} />
          ))}
        </div>
        <div style={{ ...ROW, justifyContent: 'space-between', alignItems: 'flex-end', width: '100%' }}>
          <div style={{ fontSize: 44, letterSpacing: '-0.03em' }}>Numbered prints. Each number is sold once.</div>
          <Mark />
        </div>
      </div>
    </Wall>,
  );
}

const ROW: CSSProperties = { display: 'flex', flexDirection: 'row' };
const COLUMN: CSSProperties = { display: 'flex', flexDirection: 'column' };

function Wall({ children }: { children: React.ReactNode }) {
  return (
    <div
      style={{
        ...ROW,
        width: WIDTH,
        height: HEIGHT,
        padding: '60px 64px',
        gap: 40,
        alignItems: 'center',
        background: WALL,
        color: INK,
      }}
    >
      {children}
    </div>
  );
}

function Hung({ print, within: [most, highest] }: { print: Edition; within: readonly [number, number] }) {
  const [w, h] = sizeOf(print.format);
  const scale = Math.min(most / w, highest / h);
  const { slug, style, palette, stock, format } = print;
  const svg = renderArtwork(slug, style, { palette, stock, format });
  return (
    // oxlint-disable-next-line nextjs/no-img-element -- not a page: this is drawn into a picture
    <img
      src={`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`}
      alt=""
      width={Math.round(w * scale)}
      height={Math.round(h * scale)}
      style={{ boxShadow: '0 18px 34px -14px rgba(0, 0, 0, 0.35)' }}
    />
  );
}

function Mark() {
  return (
    <div style={{ ...ROW, gap: 6, fontSize: 44, letterSpacing: '-0.045em' }}>
      <div>Once</div>
      <div style={{ width: 15, height: 15, borderRadius: 15, background: DOT, marginTop: 12 }} />
    </div>
  );
}

/** What the font has. For anything else the drawing library would ask the network for a font, or for a picture of an emoji. */
const canDraw = (text: string): boolean => /^[ -~\u00a0-\u00ac\u00ae-\u00ff\u0152\u0153–—‘’‚“”„…€™]+$/u.test(text);

const shortened = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;

let font: Promise<Buffer> | undefined;

async function draw(card: React.ReactElement): Promise<Uint8Array<ArrayBuffer>> {
  // Fonts and a renderer of some megabytes, for the few requests that want a card.
  const { ImageResponse } = await import('next/og');
  font ??= readFile(new URL('../app/fonts/host-grotesk-medium.ttf', import.meta.url));
  const picture = new ImageResponse(card, {
    width: WIDTH,
    height: HEIGHT,
    fonts: [{ name: 'Host Grotesk', data: await font, weight: 500 }],
  });
  return new Uint8Array(await picture.arrayBuffer());
}
