/** What may happen so often in a run of the model; what is not named happens never. */
export type Budgets = Readonly<Record<string, number>>;

export interface Defect {
  /** Its number in once.pml. */
  readonly number: number;
  readonly what: string;
  /** The property that must refute it. Null: another lock holds alone, so the model finds nothing wrong. */
  readonly refutedBy: string | null;
  readonly budgets: Budgets;
}

const one = { WEBS: 1 };

/** Mistakes that the model must notice, each in the smallest world in which it shows. */
export const DEFECTS: readonly Defect[] = [
  { number: 1, what: 'no fence in the WHERE', refutedBy: 'no_lie', budgets: { STALLS: 1 } },
  {
    number: 3,
    what: 'an old error of the card is taken for this attempt’s',
    refutedBy: 'no_lie',
    budgets: { ...one, STALLS: 1, CRASHES: 1 },
  },
  { number: 4, what: 'a decline frees the copy', refutedBy: 'freed_safely', budgets: one },
  {
    number: 5,
    what: 'what the provider says to a cancel is not read',
    refutedBy: 'freed_safely',
    budgets: { ...one, PROCESSINGS: 1 },
  },
  {
    number: 6,
    what: 'a copy is sold without its holder in the WHERE',
    refutedBy: 'one_owner',
    budgets: { ...one, OPERATORS: 1 },
  },
  { number: 7, what: 'a waiting record is never due', refutedBy: 'comes_to_rest', budgets: { ...one, PROCESSINGS: 1 } },
  { number: 9, what: 'a webhook records a decline', refutedBy: 'no_lie', budgets: { ...one, HOOKS: 1, STALLS: 1 } },
  {
    number: 10,
    what: 'an event is believed, not looked up',
    refutedBy: 'paid_means_charged',
    budgets: { ...one, HOOKS: 1, PROCESSINGS: 1 },
  },
  {
    number: 12,
    what: 'the intent is stored whatever the order’s state',
    refutedBy: 'no_lie',
    budgets: { ...one, STALLS: 1, CANCELS: 1 },
  },
  {
    number: 13,
    what: 'copies are freed without “intent_id IS NULL”',
    refutedBy: 'freed_safely',
    budgets: { ...one, CANCELS: 1 },
  },
  { number: 14, what: 'the attempt’s number is not compared', refutedBy: 'tried_once', budgets: { EXPIRIES: 1 } },
  { number: 15, what: 'a lost answer is a decline', refutedBy: 'no_lie', budgets: { ...one, LOSSES: 1 } },
  { number: 16, what: 'a 5xx is a decline', refutedBy: 'no_lie', budgets: { ...one, SERVER_ERRORS: 1 } },
  {
    number: 17,
    what: 'cancel is sent under a derived key',
    refutedBy: 'comes_to_rest',
    budgets: { ...one, PROCESSINGS: 1 },
  },
  {
    number: 19,
    what: 'a token works twice and never ends',
    refutedBy: 'no_lie',
    budgets: { ...one, DAYS: 1, STALLS: 1 },
  },
  { number: 20, what: 'the lease of the dead never ends', refutedBy: 'comes_to_rest', budgets: { ...one, CRASHES: 1 } },
  {
    number: 22,
    what: 'intents are not listed before another is made',
    refutedBy: 'one_charge',
    budgets: { ...one, FAILOVERS: 1, DAYS: 1, REQUESTS: 2 },
  },
  { number: 2, what: 'confirm’s key depends on the fence', refutedBy: null, budgets: { ...one, STALLS: 1, LOSSES: 1 } },
  {
    number: 11,
    what: 'one’s own intent is confirmed, not the stored one',
    refutedBy: null,
    budgets: { ...one, STALLS: 1, FAILED_CREATES: 1 },
  },
];

export interface World {
  readonly what: string;
  readonly budgets: Budgets;
}

/** As written: nothing may be refuted. All states of each are visited. */
export const SMALL: readonly World[] = [
  { what: 'nothing goes wrong', budgets: {} },
  { what: 'a crash, a lost answer', budgets: { CRASHES: 1, LOSSES: 1 } },
  { what: 'a bank that takes its time, webhooks', budgets: { PROCESSINGS: 1, HOOKS: 1 } },
  { what: 'a 5xx, a lost answer', budgets: { SERVER_ERRORS: 1, LOSSES: 1 } },
  { what: 'an operator takes the copy', budgets: { OPERATORS: 1 } },
  { what: 'a failed create, a stall', budgets: { FAILED_CREATES: 1, STALLS: 1 } },
  { what: 'a record expires, a stall', budgets: { EXPIRIES: 1, STALLS: 1 } },
];

export const FULL: readonly World[] = [
  ...SMALL,
  { what: 'a stall, a crash', budgets: { STALLS: 1, CRASHES: 1 } },
  { what: 'the shopper cancels, a lost answer', budgets: { CANCELS: 1, LOSSES: 1 } },
  { what: 'a failover to a standby that lags, webhooks', budgets: { WEBS: 1, FAILOVERS: 1, HOOKS: 1 } },
  { what: 'a failover, and the provider forgets its keys', budgets: { WEBS: 1, FAILOVERS: 1, DAYS: 1, REQUESTS: 2 } },
  { what: 'keys forgotten, a lost answer, a stall', budgets: { DAYS: 1, LOSSES: 1, STALLS: 1 } },
  { what: 'keys forgotten, a lost answer, a stall, a crash', budgets: { DAYS: 1, LOSSES: 1, STALLS: 1, CRASHES: 1 } },
];

/** `<>[] at rest`, with weak fairness: whatever goes wrong, it comes to an end. */
export const LIVENESS: World = {
  what: 'it comes to rest: a slow bank, a lost answer',
  budgets: { ...one, PROCESSINGS: 1, LOSSES: 1, REQUESTS: 2 },
};
