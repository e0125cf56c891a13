import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import { FrameChoice, PriceAsChosen } from '#catalogue/frame-choice.tsx';
import { cardOf, ProductData } from '#catalogue/product-data.tsx';
import { DRAWN, PrintPicture } from '#frame/print-picture.tsx';
import type { PrintPage } from '#server/catalogue.ts';

const PRINT = {
  ...{ slug: 'low-tide', title: 'Low Tide', studio: 'Studio', statement: 'Water.', format: 'portrait' },
  ...{ priceMinor: 12_305, currency: 'EUR', available: 12, held: 0 },
} as unknown as PrintPage;

function dataOf(print: Partial<PrintPage>): Record<string, unknown> {
  const publicUrl = 'https://once.example';
  const html = renderToStaticMarkup(createElement(ProductData, { print: { ...PRINT, ...print }, publicUrl }));
  const [, text = ''] = /^<script type="application\/ld\+json">(.*?)<\/script>$/s.exec(html) ?? [];
  expect(text, 'the only `<` are those of the element itself').not.toContain('<');
  return JSON.parse(text) as Record<string, unknown>;
}

test.each(['</script><script>alert(1)</script>', '</SCRIPT ><b>', '<!--<script>', '"}</script>'])(
  'no title or statement ends the element that tells search engines of a print: %s',
  (text) => {
    expect(dataOf({ title: text, statement: text, studio: text })).toMatchObject({
      ...{ name: text, description: text, brand: { name: text } },
    });
  },
);

test.each([
  [{ available: 10, held: 0 }, 'InStock'],
  [{ available: 9, held: 0 }, 'LimitedAvailability'],
  [{ available: 0, held: 1 }, 'OutOfStock'],
  [{ available: 0, held: 0 }, 'SoldOut'],
])('%j is said to be %s, at its price to the cent', (left, word) => {
  expect(dataOf(left)).toMatchObject({
    offers: { availability: `https://schema.org/${word}`, price: '123.05', priceCurrency: 'EUR' },
  });
});

test('every picture is asked for as it is drawn now: browsers keep it for a year', () => {
  const srcOf = (copy: { number?: number }) =>
    /src="([^"]+)"/.exec(
      renderToStaticMarkup(createElement(PrintPicture, { slug: 'low-tide', format: 'portrait', ...copy })),
    )?.[1];
  expect(srcOf({})).toBe(`/art/low-tide.svg?v=${DRAWN}`);
  expect(srcOf({ number: 18 })).toBe(`/art/low-tide.svg?v=${DRAWN}&amp;copy=18`);
  expect(cardOf('low-tide')).toBe(`/art/low-tide.png?v=${DRAWN}`);
});

test('a print is offered in its frames, each at its own price, and as a sheet first of all', () => {
  const print = {
    ...PRINT,
    frames: [
      { frame: 'oak', priceMinor: 7_000 },
      { frame: 'white', priceMinor: 6_050 },
    ],
  } as PrintPage;
  const html = renderToStaticMarkup(createElement(FrameChoice, { print }));
  expect(
    html
      .replaceAll(/<[^>]+>/g, '|')
      .split(/\|+/)
      .filter(Boolean),
  ).toEqual([...['Framing', 'No frame', 'rolled in a tube'], ...['Oak frame', '+ €70', 'White frame', '+ €60.50']]);
  expect(html.match(/checked=""/g), 'one is chosen').toHaveLength(1);
  expect(html).toContain('checked="" value=""');
  const prices = renderToStaticMarkup(createElement(PriceAsChosen, { print }));
  expect([...prices.matchAll(/>([^<]+)</g)].map(([, price]) => price)).toEqual(['€123.05', '€193.05', '€183.55']);
});

test('a print that is sold as a sheet only asks nothing', () => {
  const print: PrintPage = { ...PRINT, frames: [] };
  expect(renderToStaticMarkup(createElement(FrameChoice, { print }))).toBe('');
});
