import { connect, schema } from '@once/db';
import { seed } from '@once/db/seed';
import { testDatabase } from '@once/local-postgres/testing';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AddressParameters, readQuery } from '#catalogue/catalogue-query.ts';
import { listRelated } from '#server/catalogue.ts';
import { searchPrints } from '#server/search.ts';

let shop: ReturnType<typeof connect>;
beforeAll(async () => {
  const { url } = await testDatabase('shop');
  await seed(url);
  shop = connect(url);
  await hang('cafe-noir', { title: 'Café Noir', studio: 'Atelier Åsa', priceMinor: 15_000 });
  await hang('dunya', { title: 'دنيا صغيرة', studio: 'Halfmoon Works', priceMinor: 15_001 });
});
afterAll(() => shop.close());

/** A print of one copy. */
async function hang(slug: string, print: { title: string; studio: string; priceMinor: number }): Promise<void> {
  const id = crypto.randomUUID();
  await shop.db.insert(schema.edition).values({
    id,
    slug,
    ...print,
    statement: 'Hung for one afternoon.',
    style: 'flow',
    palette: 'ash',
    stock: 'dark',
    format: 'square',
    copies: 1,
    currency: 'EUR',
    publishedAt: new Date('2025-01-01T09:00:00Z'),
  });
  await shop.db.insert(schema.copy).values({ editionId: id, number: 1 });
}

const find = async (parameters: AddressParameters) => await searchPrints(shop.db, readQuery(parameters));
const slugs = async (parameters: AddressParameters) => (await find(parameters)).prints.map(({ slug }) => slug);

describe('a text finds', () => {
  test.each([
    ['a title', 'Lee Shore', ['lee-shore']],
    ['a title in capitals', 'LEE SHORE', ['lee-shore']],
    ['the beginning of a word', 'sho', ['lee-shore']],
    ['words of title and studio together', 'night plotter', ['night-bus-over-hills']],
    ['a word of the statement, in another form', 'isobar', ['slow-weather']],
    ['a word that Postgres would leave out as too common', 'without', ['floor-plan-without-doors']],
    ['a title with accents, typed without', 'cafe', ['cafe-noir']],
    ['a title without accents, typed with', 'lée shöre', ['lee-shore']],
    ['a studio with a ring on its letter', 'asa', ['cafe-noir']],
    ['a title that is read from right to left', 'دنيا', ['dunya']],
  ])('%s', async (_, q, expected) => {
    const found = await find({ q });
    expect(found.prints.map(({ slug }) => slug)).toEqual(expected);
    expect(found.isNear).toBe(false);
  });

  test.each([
    ['two letters that changed places', 'lee shoer', 'lee-shore'],
    ['a letter too many', 'selvedgge', 'selvedge'],
    ['a letter that is missing', 'pendulm', 'pendulum-third-try'],
    ['a wrong letter', 'intirference', 'interference'],
    ['one wrong word beside a right one', 'quarry mornign', 'quarry-morning'],
  ])('%s, and says that it is near', async (_, q, expected) => {
    const found = await find({ q });
    expect(found.prints[0]?.slug).toBe(expected);
    expect(found.isNear).toBe(true);
  });

  test('every print of a studio, and no other', async () => {
    const { prints } = await find({ q: 'ferrywell' });
    expect(new Set(prints.map(({ studio }) => studio))).toEqual(new Set(['Studio Ferrywell']));
    expect(prints).toHaveLength(5);
  });

  test('a title before a statement', async () => {
    expect((await slugs({ q: 'weather' }))[0]).toBe('slow-weather');
  });

  test('nothing where nothing is like it', async () => {
    expect(await find({ q: 'seascape in oil' })).toMatchObject({ prints: [], total: 0, page: 1, pages: 1 });
  });
});

test.each([
  '%',
  '_',
  '%%%',
  "' or 1=1 --",
  "\\'; drop table edition; --",
  ':* & !',
  '()',
  '🎨',
  '<->',
  'a'.repeat(10_000),
])('characters that mean something elsewhere mean nothing here: %s', async (q) => {
  expect((await find({ q })).total).toBeLessThan(5);
  expect((await find({})).total).toBe(26);
});

test('NUL, half of a character and line breaks are left out', async () => {
  expect(await slugs({ q: '\u0000lee\u0000\n\ud800 shore\u0007' })).toEqual(['lee-shore']);
});

describe('filters', () => {
  test('paper', async () => {
    const light = await slugs({ paper: 'light' });
    const dark = await slugs({ paper: 'dark' });
    expect(light).not.toContain('night-bus-over-hills');
    expect(dark).toContain('night-bus-over-hills');
    expect(light.length + dark.length).toBe(26);
  });

  test('a price is in one band and in no other, to the cent', async () => {
    const bands = await Promise.all(
      ['under-100', '100-to-150', 'over-150'].map(async (price) => await slugs({ price })),
    );
    expect(bands.flat()).toHaveLength(26);
    expect(bands[1]).toContain('cafe-noir');
    expect(bands[2]).toContain('dunya');
    expect(bands[0]).toContain('ballast');
  });

  test('what is left', async () => {
    expect(await slugs({ left: 'some' })).not.toContain('low-tide');
    const few = (await find({ left: 'few' })).prints;
    expect(few.map(({ slug }) => slug)).toContain('night-bus-over-hills');
    for (const { available } of few) expect([1, 2, 3, 4, 5, 6, 7, 8, 9]).toContain(available);
  });

  test('all at once, with a text', async () => {
    expect(await slugs({ q: 'plotter', paper: 'dark', price: 'over-150', left: 'few' })).toEqual([
      'night-bus-over-hills',
    ]);
  });

  test('that nobody knows are as if they were not there', async () => {
    expect(await find({ paper: 'glossy', price: '-1', left: '__proto__', sort: 'toString', colour: 'red' })).toEqual(
      await find({}),
    );
  });
});

describe('sorted', () => {
  test('newest first unless asked otherwise', async () => {
    expect((await slugs({}))[0]).toBe('pendulum-third-try');
  });

  test('by price, up and down', async () => {
    const prices = async (sort: string) => (await find({ sort })).prints.map(({ priceMinor }) => priceMinor);
    const up = await prices('price');
    expect(up).toEqual(up.toSorted((a, b) => a - b));
    expect((await prices('price-down'))[0]).toBe(26_000);
  });

  test('by what is left, with those that are sold out behind all others', async () => {
    const left = [...(await find({ sort: 'fewest' })).prints, ...(await find({ sort: 'fewest', page: '2' })).prints];
    expect(left[0]?.available).toBe(1);
    expect(left.slice(-2).map(({ available }) => available)).toEqual([0, 0]);
  });
});

test('two pages have every print once, and a page past the end is the last one', async () => {
  const [first, second, huge] = [await find({}), await find({ page: '2' }), await find({ page: '9999' })];
  expect([first.prints.length, second.prints.length, first.pages]).toEqual([24, 2, 2]);
  expect(new Set([...first.prints, ...second.prints].map(({ slug }) => slug)).size).toBe(26);
  expect(huge).toEqual(second);
  const odd = ['0', '-1', '1e3', '99999999999999999999', 'NaN', '2.5'];
  expect(await Promise.all(odd.map(async (page) => (await find({ page })).page))).toEqual(odd.map(() => 1));
});

test('where the extension is missing, words are still found, and typing errors find nothing', async () => {
  await shop.db.transaction(async (tx) => {
    await tx.execute(sql`drop extension pg_trgm`);
    const without = async (q: string) => (await searchPrints(tx as never, readQuery({ q }))).total;
    expect(await without('lee sho')).toBe(1);
    expect(await without('lee shoer')).toBe(0);
    await tx.execute(sql`create extension pg_trgm`);
    expect(await without('lee shoer')).toBe(1);
  });
});

test('related prints can be bought, are others, and begin with those of the studio', async () => {
  const related = await listRelated(shop.db, 'lee-shore', 4);
  expect(related).toHaveLength(4);
  expect(related.map(({ studio }) => studio).slice(0, 3)).toEqual(Array(3).fill('Plotter Room 3'));
  for (const { slug, available } of related) {
    expect(slug).not.toBe('lee-shore');
    expect(available).toBeGreaterThan(0);
  }
  expect(await listRelated(shop.db, 'no-such-print', 4)).toEqual([]);
});
