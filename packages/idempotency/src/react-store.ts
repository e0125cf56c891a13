// Where an attempt is kept: localStorage, which the tabs of a browser share and which outlives a reload. Where that is
// forbidden or full, this page's memory: a reload then forgets what was sent, and the key alone still repeats nothing.

/** The little of a browser that is used, so that nobody needs the DOM's types. */
interface Browser {
  readonly localStorage?: { getItem(name: string): string | null; setItem(name: string, text: string): void };
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

const browser = globalThis as unknown as Browser;
const inMemory = new Map<string, string>();
const listeners = new Set<() => void>();

/** What is kept under a name: in storage, and in this page because storage did not take it. */
export function readTexts(name: string): (string | null | undefined)[] {
  try {
    return [browser.localStorage?.getItem(name), inMemory.get(name)];
  } catch {
    return [inMemory.get(name)];
  }
}

export function writeText(name: string, text: string): void {
  inMemory.set(name, text);
  try {
    browser.localStorage?.setItem(name, text);
    if (browser.localStorage) inMemory.delete(name);
  } catch {
    // Kept in memory.
  }
  for (const changed of listeners) changed();
}

/** Calls `changed` when anything may have: in this page, in another tab, or while this page lay in the browser's memory. */
export function subscribe(changed: () => void): () => void {
  if (listeners.size === 0) for (const type of outside) browser.addEventListener?.(type, tellAll);
  listeners.add(changed);
  return () => {
    listeners.delete(changed);
    if (listeners.size === 0) for (const type of outside) browser.removeEventListener?.(type, tellAll);
  };
}

const outside = ['storage', 'pageshow'];

function tellAll(): void {
  for (const changed of listeners) changed();
}
