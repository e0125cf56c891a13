import { expect, test } from 'vitest';
import { money, shortMoney } from '#copy/money.ts';
import { STATUS, type StatusId } from '#copy/status-copy.ts';
import { type Facts, wordsFor } from '#copy/words.ts';

const all: Facts = {
  copies: [{ number: 18 }],
  time: '14:32',
  email: 'mira@example.org',
  total: '€152.00',
  old: '€152.00',
  new: '€162.00',
  left: '16',
  last4: '4242',
  minutes: '45',
  seconds: '30',
};
const ids = Object.keys(STATUS) as StatusId[];

test.each(ids)('with every fact at hand, no gap is left in the words of %s', (id) => {
  for (const copies of [[{ number: 18 }], [{ number: 18 }, { number: 7 }]]) {
    const { title, body, actions } = wordsFor(id, { ...all, copies });
    expect([title, body, ...actions].join(' ')).not.toMatch(/[{}…]/);
    expect(title).not.toBe('');
  }
});

test('a sentence whose fact is missing is left out, and the others stay', () => {
  expect(wordsFor('card_declined', { copies: [{ number: 18 }] }).body).toBe('Your bank gave no reason.');
  expect(wordsFor('insufficient_funds', { copies: [{ number: 18 }] }).body).toBe('');
  expect(wordsFor('copy_sold', { copies: [{ number: 18 }], left: '3' })).toMatchObject({
    title: 'No. 18 was sold to someone else. You were not charged.',
    body: '3 copies of this edition are left.',
  });
});

test('several prints are spoken of as several', () => {
  const copies = [{ number: 18 }, { number: 7 }];
  expect(wordsFor('succeeded', { copies, email: 'a@b.c' }).title).toBe('Paid once. 2 prints are yours.');
  expect(wordsFor('card_declined', { copies, time: '14:32' }).body).toBe(
    'Your bank gave no reason. Your 2 prints are held for you until 14:32.',
  );
  expect(wordsFor('hold_ended', { copies }).title).toBe('Your hold on 2 prints ended. You were not charged.');
});

test('"not charged" is never said while the outcome is not known', () => {
  const unknown = ids.filter((id) => STATUS[id].tier === 'unknown');
  expect(unknown).toContain('outcome_unknown');
  for (const id of unknown) expect(`${STATUS[id].title} ${STATUS[id].body}`).not.toMatch(/(were|was) not charged/);
});

test('money is written to the cent, and without cents on the wall', () => {
  expect(money(15_200)).toBe('€152.00');
  expect(money(5)).toBe('€0.05');
  expect(money(123_456_789)).toBe('€1,234,567.89');
  expect(shortMoney(14_000)).toBe('€140');
  expect(shortMoney(9_550)).toBe('€95.50');
});
