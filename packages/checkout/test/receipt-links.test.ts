import { expect, test } from 'vitest';
import { receiptLinks } from '../src/receipt-links.ts';

const SECRET = 'a secret of the test, long enough';
const links = receiptLinks(SECRET);
const LINK = { orderId: '0190a000-0000-7000-8000-000000000001', linksEnded: 3 };

test('a link says which order it opens, and which of its links it is', () => {
  expect(links.read(links.write(LINK))).toEqual(LINK);
});

test('it is the same each time: a mail that is sent twice has one link', () => {
  // Worked out apart: HMAC-SHA-256 of `<order>.<ended>` under HMAC-SHA-256 of `receipt links` under the secret.
  expect(links.write(LINK)).toBe('0190a000-0000-7000-8000-000000000001.3.wFEUHGQ4n5rth1mOgOIKivCJcQJ_t04nT58uBHx12m0');
});

test('a link that was changed in any place opens nothing', () => {
  const link = links.write(LINK);
  const changed = Array.from(link, (letter, at) => {
    const others = letter === '0' ? ['1', 'f'] : ['0', 'A', '_'];
    return others.map((other) => link.slice(0, at) + other + link.slice(at + 1));
  }).flat();
  expect(changed.filter((other) => other !== link && links.read(other) !== null)).toEqual([]);
});

test('the last letter, whose bits are not all of the signature, has one spelling', () => {
  const link = links.write(LINK);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  expect(Array.from(alphabet).filter((letter) => links.read(link.slice(0, -1) + letter) !== null)).toEqual([
    link.at(-1),
  ]);
});

test('one link is not the next one, and no other shop’s', () => {
  const [signature] = links.write(LINK).split('.').reverse();
  expect(links.read(`${LINK.orderId}.4.${signature}`)).toBeNull();
  expect(receiptLinks('another secret, long enough too!').read(links.write(LINK))).toBeNull();
});

test.each([
  '',
  '.',
  '..',
  'x',
  `${'a'.repeat(5_000)}.0.b`,
  `${LINK.orderId}.0.`,
  `${LINK.orderId}.00.${'A'.repeat(43)}`,
])('no link of ours: %j', (text) => {
  expect(links.read(text)).toBeNull();
});
