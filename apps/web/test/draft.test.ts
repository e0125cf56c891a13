import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { draft, forgetDraft, keepDraft, keepForm } from '#checkout/draft.ts';

// Without a browser: storage that is a map, and a form that is what would be sent of it.

let stored: Map<string, string>;
beforeEach(() => {
  stored = new Map();
  vi.stubGlobal('localStorage', {
    getItem: (name: string) => stored.get(name) ?? null,
    setItem: (name: string, value: string) => void stored.set(name, value),
    removeItem: (name: string) => void stored.delete(name),
  });
  vi.stubGlobal('FormData', function read(form: unknown) {
    return form;
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const form = (values: Readonly<Record<string, string | File>>) => Object.entries(values) as never;

test('keeps what was typed, and never what is paid with', () => {
  keepForm(form({ email: 'mira@example.org', country: 'DE', card: 'pm_card_visa', file: new File([], 'x') }));
  expect(draft()).toEqual({ email: 'mira@example.org', country: 'DE' });
  expect([...stored.values()].join()).not.toMatch(/card/);
});

test('adds to what is kept, and is forgotten when it is bought, or after a week', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  keepForm(form({ email: 'mira@example.org' }));
  keepDraft({ promotionCode: 'PROOF10' });
  expect(draft()).toEqual({ email: 'mira@example.org', promotionCode: 'PROOF10' });
  vi.setSystemTime(Date.now() + 7 * 24 * 3_600_000 - 1);
  expect(draft()).not.toEqual({});
  vi.setSystemTime(Date.now() + 1);
  expect(draft()).toEqual({});

  keepDraft({ email: 'mira@example.org' });
  forgetDraft();
  expect(stored.size).toBe(0);
});

test.each([
  'not json',
  'null',
  '7',
  '{"keptAtMs":"now","values":{}}',
  `{"keptAtMs":${Date.now()},"values":{"email":1}}`,
])('is empty where something else stands in its place: %s', (text) => {
  stored.set('once.draft', text);
  expect(draft()).toEqual({});
});
