// Of all that Next loads more than once, only globalThis is one.
const KEY = Symbol.for('once.shutdown');
const here = globalThis as { [KEY]?: AbortSignal };

/**
 * Aborted once this process was asked to end: an answer without an end of its own would keep it up, and whoever asks whether
 * it is ready is told that it is not. Asked for at the start, so that no signal comes before it.
 */
export function shutdown(): AbortSignal {
  if (here[KEY]) return here[KEY];
  const ending = new AbortController();
  here[KEY] = ending.signal;
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => ending.abort());
  return here[KEY];
}
