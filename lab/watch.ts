// @boundaries-ignore the page is what the laboratory speaks to
import type { ShopName, ShopView } from '../apps/web/src/lab/run.ts';
import { type Evidence, eventsOf } from './events.ts';
import {
  type AccountEvidence,
  countNaive,
  type NaiveRow,
  readAccount,
  readNaive,
  readRows,
  readTransitions,
  type ShopRows,
} from './evidence.ts';
import { isOfPayment } from './requests.ts';
import type { Sandbox } from './sandbox.ts';

type Told = Pick<Evidence, 'beganMs' | 'browser' | 'browserOffsetMs' | 'acts'>;

/** Reads what a sandbox has written down. A database that is away has said what it said last. */
export class Watch {
  readonly beganMs = Date.now();
  readonly #sandbox: Sandbox;
  #rows: ShopRows = { audit: [], inbox: [], open: 0, ordersPaid: 0, copiesSold: 0, keys: new Map() };
  #naive: { rows: NaiveRow[]; ordersPaid: number; copiesSold: number } = { rows: [], ordersPaid: 0, copiesSold: 0 };

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  async look(told: Told): Promise<{ once: ShopView; naive?: ShopView }> {
    const { naive } = this.#sandbox;
    const once = await this.#lookAtOnce(told);
    return naive ? { once, naive: await this.#lookAtNaive(told, naive) } : { once };
  }

  async #lookAtOnce(told: Told): Promise<ShopView> {
    const { once } = this.#sandbox;
    const account = await readAccount(once);
    const transitions = readTransitions(this.#sandbox);
    this.#rows = await readRows(this.#sandbox).catch(() => this.#rows);
    const { audit, inbox, keys, open, ordersPaid, copiesSold } = this.#rows;
    const events = eventsOf({ ...of('once', told), transitions, audit, keys, inbox, naive: [], account });
    const isOpen = open > 0 || isOnItsWay(account) || inbox.some(({ appliedMs }) => appliedMs === null);
    return { events, account: once.name, ...figuresOf(account), copiesSold, ordersPaid, isOpen };
  }

  async #lookAtNaive(told: Told, naive: { name: string } & Sandbox['once']): Promise<ShopView> {
    const account = await readAccount(naive);
    this.#naive = { rows: await readNaive(this.#sandbox), ...(await countNaive(this.#sandbox)) };
    const { rows, ...sold } = this.#naive;
    const evidence = {
      ...of('naive', { ...told, acts: [] }),
      transitions: [],
      audit: [],
      inbox: [],
      keys: new Map<string, string>(),
      naive: rows,
      account,
    };
    const isOpen = isOnItsWay(account);
    return { events: eventsOf(evidence), account: naive.name, ...figuresOf(account), ...sold, isOpen };
  }
}

const of = (shop: ShopName, { browser, ...told }: Told): Told => ({
  ...told,
  browser: browser.filter((entry) => entry.shop === shop),
});

const isOnItsWay = ({ deliveries }: AccountEvidence): boolean => deliveries.some(({ state }) => state === 'pending');

const figuresOf = ({ ledger, journal }: AccountEvidence) => ({
  charges: ledger.filter(({ kind }) => kind === 'charge').length,
  confirmsSeen: journal.filter((row) => isOfPayment(row) && row.method === 'POST' && row.path.endsWith('/confirm'))
    .length,
});
