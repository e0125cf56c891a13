let signal: AbortSignal | undefined;

/** Aborted once this process was asked to end: an answer without an end of its own would keep it up. */
export function shutdown(): AbortSignal {
  if (signal) return signal;
  const ending = new AbortController();
  signal = ending.signal;
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => ending.abort());
  return signal;
}
