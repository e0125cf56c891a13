import type { Status } from '@once/checkout';
import { deserialize, type SuperJSONResult } from 'superjson';

/** How often the shop is asked while its events do not come. Doubled with each question that it does not answer. */
const ASK_MS = 1_500;
const SLOWEST_ASK_MS = 12_000;
/** Events come every four seconds at least. Longer silence: something on the way keeps them back. */
const SILENT_MS = 10_000;

export interface Following {
  readonly checkoutId: string;
  readonly ask: () => Promise<Status>;
  /** Told what is true whenever it was heard anew, from whichever side. */
  readonly hear: (status: Status) => void;
}

/**
 * Follows what becomes of a checkout while the page is looked at: the shop tells, and where its events do not come through
 * it is asked. Sends nothing, ever. @returns ends it
 */
export function followStatus({ checkoutId, ask, hear }: Following): () => void {
  let events: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  let waitMs = ASK_MS;
  /** Raised with all that was heard: an answer that was under way meanwhile is older. */
  let news = 0;

  const listen = () => {
    events?.close();
    events = new EventSource(`/api/checkout/${checkoutId}/events`);
    events.onmessage = ({ data }) => {
      heardAtMs = performance.now();
      news += 1;
      hear(deserialize<Status>(JSON.parse(String(data)) as SuperJSONResult));
    };
    events.addEventListener('beat', () => {
      heardAtMs = performance.now();
    });
  };

  const look = async () => {
    clearTimeout(timer);
    if (!events) return;
    if (performance.now() - heardAtMs > SILENT_MS) {
      const before = news;
      try {
        const status = await ask();
        waitMs = ASK_MS;
        if (events && news === before) hear(status);
      } catch {
        waitMs = Math.min(SLOWEST_ASK_MS, waitMs * 2); // offline, or the shop is restarting
      }
    }
    clearTimeout(timer);
    if (events) timer = setTimeout(() => void look(), waitMs);
  };

  const start = () => {
    if (document.visibilityState !== 'visible') return stop();
    heardAtMs = Number.NEGATIVE_INFINITY;
    waitMs = ASK_MS;
    listen();
    void look();
  };
  // A page nobody looks at keeps no connection: a browser has six of them for all its tabs.
  const stop = () => {
    events?.close();
    events = undefined;
    clearTimeout(timer);
  };

  const over = new AbortController();
  const { signal } = over;
  addEventListener('pageshow', ({ persisted }) => persisted && start(), { signal });
  addEventListener('online', start, { signal });
  addEventListener('pagehide', stop, { signal });
  addEventListener('offline', stop, { signal });
  document.addEventListener('visibilitychange', start, { signal });
  start();
  return () => {
    over.abort();
    stop();
  };
}
