import { type BrowserLog, openTab, type Tab } from './logged.ts';
import { NaiveTill } from './naive-till.ts';
import type { ScenarioId } from './scenarios.ts';
import { checkOut, pause, press, sitDown, untilKnown } from './till.ts';

export interface Play {
  readonly run: string;
  readonly log: BrowserLog;
  /** Resolves once the provider has taken in a confirm of our shop. */
  readonly confirmSeen: () => Promise<void>;
}

type Part = (play: Play) => Promise<void>;

/** What the browser does, in our shop and in the naive one. */
export async function play(scenario: ScenarioId, given: Play): Promise<void> {
  const { once, naive } = PARTS[scenario];
  await Promise.all([once(given), naive?.(given)]);
}

const DOUBLE_CLICK_MS = 40;
/** How long somebody is offline. */
const OFFLINE_MS = 1_500;

const payOnce: Part = async ({ run, log }) => {
  const seat = await sitDown(openTab(run, 'A', log));
  await untilKnown(seat, await press(seat));
};

const doubleClick: Part = async ({ run, log }) => {
  const seat = await sitDown(openTab(run, 'A', log));
  const first = press(seat);
  await pause(DOUBLE_CLICK_MS);
  await Promise.all([first, press(seat)].map(async (pressed) => untilKnown(seat, await pressed)));
};

const twoTabs: Part = async ({ run, log }) => {
  const seat = await sitDown(openTab(run, 'A', log));
  await payInBoth([seat, { ...seat, tab: openTab(run, 'B', log) }]);
};

const twoCheckouts: Part = async ({ run, log }) => {
  const shown = ['checkout.start'];
  const tabs = [openTab(run, 'A', log, shown), openTab(run, 'B', log, shown)] as const;
  await tabs[0].api.cart.add.mutate({ slug: 'lab-print' });
  await payInBoth(await Promise.all(tabs.map(checkOut)));
};

async function payInBoth(seats: readonly Awaited<ReturnType<typeof checkOut>>[]): Promise<void> {
  const pressed = seats.map(press);
  await Promise.all(seats.map(async (seat, place) => untilKnown(seat, (await pressed[place]) ?? { kind: 'not_sent' })));
}

const dropWifi: Part = async ({ run, log, confirmSeen }) => {
  const tab = openTab(run, 'A', log);
  const seat = await sitDown(tab);
  const pressed = press(seat);
  await confirmSeen();
  tab.wifi.off();
  log.note('once', 'A', 'Wi-Fi is gone');
  const heard = await pressed;
  await pause(OFFLINE_MS);
  tab.wifi.on();
  log.note('once', 'A', 'Wi-Fi is back');
  await untilKnown(seat, heard);
};

const wantLastCopy: Part = async ({ run, log }) => {
  const buyers = [openTab(run, 'A', log, ['cart.add']), openTab(run, 'B', log, ['cart.add'])];
  const seats = await Promise.all(buyers.map(sitDownIfFree));
  for (const seat of seats) if (seat) await untilKnown(seat, await press(seat));
  await Promise.all(buyers.filter((_, place) => !seats[place]).map(sitDownIfFree));
};

const sitDownIfFree = (tab: Tab) => sitDown(tab, 'lab-last').catch(() => undefined);

const payNaively: Part = ({ run, log }) => new NaiveTill(run, log).pressUntilPaid();

const payNaivelyInTwoTabs: Part = async ({ run, log }) => {
  const till = new NaiveTill(run, log);
  await Promise.all([till.press('A'), till.press('B')]);
};

const payNaivelyAgain: Part = async ({ run, log }) => {
  const till = new NaiveTill(run, log);
  await till.pressUntilPaid();
  if (!(await till.isStillPaid())) await till.pressUntilPaid();
};

const PARTS: Readonly<Record<ScenarioId, { readonly once: Part; readonly naive?: Part }>> = {
  none: { once: payOnce },
  'answer-lost': { once: payOnce, naive: payNaively },
  'answer-cut': { once: payOnce },
  'server-killed': { once: payOnce },
  'double-click': { once: doubleClick },
  'two-tabs': { once: twoTabs, naive: payNaivelyInTwoTabs },
  'two-checkouts': { once: twoCheckouts },
  'provider-hangs': { once: payOnce },
  'provider-500': { once: payOnce },
  'webhook-twice': { once: payOnce, naive: payNaivelyAgain },
  'wifi-drops': { once: dropWifi },
  'database-restarts': { once: payOnce },
  'last-copy': { once: wantLastCopy },
  'bank-abandoned': { once: payOnce },
};
