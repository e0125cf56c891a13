import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Each import is a page of its own, with a name of its own.
const page = async () => {
  vi.resetModules();
  return await import('#live/other-tabs.ts');
};

const leaving = new EventTarget();
beforeAll(() => void vi.stubGlobal('addEventListener', leaving.addEventListener.bind(leaving)));
afterAll(() => void vi.unstubAllGlobals());

test('what one tab tells of a checkout is heard by the other tabs that show it, and not by itself', async () => {
  const [one, two] = [await page(), await page()];
  const heard: string[] = [];
  const both = Promise.withResolvers<void>();
  const ends = [
    one.hearOtherTabs('a', () => heard.push('one, of a')),
    two.hearOtherTabs('b', () => heard.push('two, of b')),
    two.hearOtherTabs('a', () => heard.push('two, of a')),
    // What is sent on a channel arrives in the order in which it was sent: all that was told before is heard by then.
    one.hearOtherTabs('last', both.resolve),
  ];
  one.tellOtherTabs('a');
  two.tellOtherTabs('last');
  await both.promise;
  expect(heard).toEqual(['two, of a']);
  for (const end of ends) end();
});

test('a page that is left hears nothing, and hears again when somebody comes back to it', async () => {
  const [here, there] = [await page(), await page()];
  let times = 0;
  const end = here.hearOtherTabs('a', () => {
    times += 1;
  });
  leaving.dispatchEvent(new Event('pagehide'));
  const witness = new BroadcastChannel('once.news');
  const arrived = new Promise((resolve) => witness.addEventListener('message', resolve));
  there.tellOtherTabs('a');
  await arrived;
  expect(times).toBe(0);
  leaving.dispatchEvent(new Event('pageshow'));
  there.tellOtherTabs('a');
  await vi.waitUntil(() => times > 0);
  witness.close();
  end();
  expect(times).toBe(1);
});
