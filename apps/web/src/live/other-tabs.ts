const NAME = 'once.news';
/** This page's own name: a channel is heard by the other channels of the same page, too. */
const HERE = Math.random();

interface News {
  readonly checkoutId: string;
  readonly from: number;
}

/** Tells the other tabs of this browser that something became of a checkout. What it is, they ask the shop. */
export function tellOtherTabs(checkoutId: string): void {
  if (!('BroadcastChannel' in globalThis)) return;
  const channel = new BroadcastChannel(NAME);
  channel.postMessage({ checkoutId, from: HERE } satisfies News);
  channel.close();
}

/** @param onNews of this checkout, from another tab. @returns ends it */
export function hearOtherTabs(checkoutId: string, onNews: () => void): () => void {
  if (!('BroadcastChannel' in globalThis)) return () => {};
  let channel: BroadcastChannel | undefined;
  const open = () => {
    channel?.close();
    channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }: MessageEvent<News>) => {
      if (data.checkoutId === checkoutId && data.from !== HERE) onNews();
    };
  };
  // Left open, it could keep the page out of the memory that Back returns to.
  const close = () => channel?.close();
  const over = new AbortController();
  addEventListener('pageshow', open, over);
  addEventListener('pagehide', close, over);
  open();
  return () => {
    over.abort();
    close();
  };
}
