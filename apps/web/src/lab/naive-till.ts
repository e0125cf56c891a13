import { type BrowserLog, now } from './logged.ts';
import { EXCHANGE_HEADER } from './run.ts';
import { pause } from './till.ts';

const TOTAL_MINOR = 15_200;
const LOOKS = 20;
const LOOK_MS = 200;

/** A shopper in the naive shop, whose page does what such pages do: send, and say what came back. */
export class NaiveTill {
  readonly #run: string;
  readonly #log: BrowserLog;
  readonly #cartId = crypto.randomUUID();

  constructor(run: string, log: BrowserLog) {
    this.#run = run;
    this.#log = log;
  }

  /** @returns whether the page says that it is paid */
  async press(who: 'A' | 'B' = 'A'): Promise<boolean> {
    return await this.#ask(who, 'Pay €152.00', 'pay', { cartId: this.#cartId, totalMinor: TOTAL_MINOR });
  }

  /** The page of the order is looked at again for a while. What is told of it is that it says something else. */
  async isStillPaid(): Promise<boolean> {
    for (let looks = 0; looks < LOOKS; looks++) {
      const path = `order?cart=${this.#cartId}`;
      const { paid } = await this.#answer('A', path, '');
      if (!paid) return await this.#ask('A', 'Is it paid?', path);
      await pause(LOOK_MS);
    }
    return true;
  }

  /** Presses until the page says paid, as people do. */
  async pressUntilPaid(who: 'A' | 'B' = 'A'): Promise<void> {
    for (let presses = 0; presses < 4 && !(await this.press(who)); presses++) await pause(300);
  }

  async #ask(who: 'A' | 'B', text: string, path: string, body?: object): Promise<boolean> {
    const base = { shop: 'naive', who, exchange: this.#log.nextExchange(), key: null } as const;
    this.#log.add({ ...base, atMs: now(), what: 'sent', text });
    const { paid, said } = await this.#answer(who, path, base.exchange, body);
    this.#log.add({ ...base, atMs: now(), what: said === undefined ? 'lost' : 'got', text: said ?? 'No answer' });
    return paid;
  }

  async #answer(who: string, path: string, exchange: string, body?: object): Promise<{ paid: boolean; said?: string }> {
    try {
      const answer = await fetch(`/api/lab/${this.#run}/naive/${who}/${path}`, {
        headers: { 'content-type': 'application/json', [EXCHANGE_HEADER]: exchange },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      });
      if (answer.status === 502) return { paid: false };
      const { paid = false, error } = (await answer.json()) as { paid?: boolean; error?: string };
      return { paid, said: error?.replace(/\.$/, '') ?? (paid ? 'Paid' : 'Not paid') };
    } catch {
      return { paid: false };
    }
  }
}
