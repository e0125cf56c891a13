// What goes wrong at the provider in a soak, by the call that it strikes. Every kind that the provider knows is here or in
// NOT_HERE, which says why: a test compares the two with the provider's own list.

export type Call = 'test_token' | 'token' | 'create' | 'confirm' | 'retrieve' | 'list' | 'cancel' | 'refund' | 'event';

export interface Kind {
  readonly name: string;
  readonly options?: Readonly<Record<string, number | string>>;
  /** How many in a row: one closed connection is hidden by the SDK, which sends once more by itself. */
  readonly times?: number;
}

/** Longer than the shop waits for any answer. */
const NEVER_MS = 6_000;
const LATE_MS = 900;

const BEFORE_AND_AFTER: readonly Kind[] = [
  { name: 'rate_limit' },
  { name: 'unauthorized' },
  { name: 'bad_gateway_html' },
  { name: 'json_without_error' },
  { name: 'rst_before', times: 2 },
  { name: 'fin_before', times: 2 },
  { name: 'hang_before', options: { ms: NEVER_MS } },
  { name: 'rst_after', times: 2 },
  { name: 'fin_after', times: 2 },
  { name: 'cut_body' },
  { name: 'hang_after', options: { ms: NEVER_MS } },
  { name: 'slow_after', options: { ms: LATE_MS } },
  { name: 'drip', options: { bytes: 40, everyMs: 20 } },
];

const WHILE_IT_RUNS: readonly Kind[] = [
  { name: 'error_500_before' },
  { name: 'error_503_before' },
  { name: 'error_500_after' },
  { name: 'slow_before', options: { ms: LATE_MS } },
  { name: 'lock_timeout' },
];

const UNDER_A_KEY: readonly Kind[] = [...BEFORE_AND_AFTER, ...WHILE_IT_RUNS, { name: 'key_in_use' }];
const ITS_DEATH: readonly Kind[] = [{ name: 'crash_before_commit' }, { name: 'crash_after_commit' }];

export const KINDS: Readonly<Record<Call, readonly Kind[]>> = {
  test_token: BEFORE_AND_AFTER,
  token: BEFORE_AND_AFTER,
  create: [...UNDER_A_KEY, ...ITS_DEATH, { name: 'refuse', options: { ms: 300 } }],
  confirm: [
    ...UNDER_A_KEY,
    ...ITS_DEATH,
    { name: 'decline', options: { code: 'insufficient_funds' } },
    { name: 'decline', options: { code: 'processing_error' } },
    { name: 'require_action' },
    { name: 'require_action' },
    { name: 'go_processing' },
    { name: 'go_processing' },
    { name: 'error_500_after_then_reversed' },
  ],
  retrieve: [...BEFORE_AND_AFTER, { name: 'retrieve_500' }, { name: 'retrieve_stale' }],
  list: BEFORE_AND_AFTER,
  cancel: [...BEFORE_AND_AFTER, ...WHILE_IT_RUNS],
  refund: [...UNDER_A_KEY, ...ITS_DEATH],
  event: [
    { name: 'delay', options: { ms: 3_000 } },
    { name: 'drop', times: 2 },
    { name: 'hold', times: 2 },
    { name: 'reorder', times: 3 },
    { name: 'duplicate_same_event', options: { ms: 50 } },
    { name: 'duplicate_new_event', options: { ms: 50 } },
    { name: 'before_response' },
    { name: 'stale_timestamp' },
    { name: 'bad_signature' },
    { name: 'old_secret' },
  ],
};

export const NOT_HERE: Readonly<Record<string, string>> = {
  advance:
    'a day passes for the whole account: e2e/tests/frozen.spec.ts and packages/checkout/test/a-day-later.test.ts',
  search_lag: 'the shop searches only for orders that are older than a day: as above',
};
