// The history of /metrics, for who has no Prometheus: told by every process from its own registry, read by the back office.
export type { Spread } from './quantile.ts';
export { type History, type HistorySlot, readHistory, SPANS, type SpanName, type Told } from './read.ts';
export { TELL_MS } from './stretch.ts';
export { createTeller, pruneHistory } from './tell.ts';
