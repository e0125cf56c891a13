import { expect, test } from 'vitest';
import { chosenNumber, lostWords } from '#catalogue/chosen-number.ts';

const print = (...states: ('available' | 'held' | 'sold' | 'yours')[]) =>
  states.map((state, index) => ({ number: index + 1, state }));

test('what was chosen stays so while it is free; at first it is the lowest that is', () => {
  expect(chosenNumber(print('sold', 'available', 'available'), undefined)).toEqual({ number: 2 });
  expect(chosenNumber(print('sold', 'available', 'available'), 3)).toEqual({ number: 3 });
});

test('a number that went to somebody else is said to be gone, and the one behind it is chosen', () => {
  expect(chosenNumber(print('available', 'held', 'sold', 'available'), 2)).toEqual({ number: 4, lost: 2 });
  expect(chosenNumber(print('available', 'sold'), 2), 'none behind it: the first').toEqual({ number: 1, lost: 2 });
  expect(chosenNumber(print('held', 'sold'), 2), 'none at all').toEqual({ lost: 2 });
  expect(lostWords(2, 4)).toBe('No. 2 went to somebody else a moment ago. No. 4 is chosen now.');
  expect(lostWords(2, undefined)).toBe('No. 2 went to somebody else a moment ago.');
});

test('one’s own number is not lost: it is in one’s cart', () => {
  expect(chosenNumber(print('available', 'yours', 'available'), 2)).toEqual({ number: 3 });
});
