// The diagram: everything that was written down, in the order in which it happened.

// @boundaries-ignore the page is what the laboratory speaks to
import type { BrowserEntry, LabEvent, Lane } from '../apps/web/src/lab/run.ts';
import { commitsOf } from './commits.ts';
import type { AccountEvidence, AuditRow, InboxRow, NaiveRow, Transition } from './evidence.ts';
import { requestsOf } from './requests.ts';

/** Something that the laboratory did itself. */
export interface Act {
  readonly atMs: number;
  readonly lane: Lane;
  readonly text: string;
  readonly isTrouble: boolean;
}

export interface Evidence {
  readonly beganMs: number;
  readonly browser: readonly BrowserEntry[];
  /** What is added to the browser's clock to have ours. */
  readonly browserOffsetMs: number;
  readonly acts: readonly Act[];
  readonly transitions: readonly Transition[];
  readonly audit: readonly AuditRow[];
  readonly inbox: readonly InboxRow[];
  readonly keys: ReadonlyMap<string, string>;
  readonly naive: readonly NaiveRow[];
  readonly account: AccountEvidence;
}

/** An event with where it stands among those of the same millisecond. */
export interface Placed extends LabEvent {
  /** Of clocks that count whole milliseconds: who acts before whom when they show the same. */
  readonly rank: number;
}

export function eventsOf(evidence: Evidence): LabEvent[] {
  const { beganMs, inbox, account } = evidence;
  return [
    ...browserEvents(evidence),
    ...actEvents(evidence),
    ...commitsOf(evidence),
    ...inboxEvents(inbox),
    ...naiveEvents(evidence.naive),
    ...requestsOf(account),
  ]
    .toSorted((a, b) => Math.floor(a.atMs) - Math.floor(b.atMs) || a.rank - b.rank || a.atMs - b.atMs)
    .map((event) => shown(event, beganMs));
}

const shown = ({ source, atMs, from, to, text, kind, charge, key }: Placed, beganMs: number): LabEvent => ({
  ...{ source, from, to, text, kind, atMs: Math.max(0, Math.round(atMs - beganMs)) },
  ...(charge !== undefined && { charge }),
  ...(key !== undefined && { key }),
});

const KINDS = { sent: 'message', got: 'reply', lost: 'lost', note: 'trouble' } as const;

function browserEvents({ browser, browserOffsetMs }: Evidence): Placed[] {
  const isOne = browser.every(({ who }) => who === browser[0]?.who);
  return browser.map(
    ({ exchange, atMs, who, what, text, key }) =>
      ({
        source: `browser:${exchange}:${what}`,
        atMs: atMs + browserOffsetMs,
        rank: what === 'sent' ? 0 : 9,
        ...(what === 'sent' ? { from: 'browser', to: 'shop' } : { from: 'shop', to: 'browser' }),
        ...(what === 'note' && { from: 'browser', to: 'browser' }),
        kind: KINDS[what],
        text: isOne ? text : `${who}: ${text}`,
        ...(key && what === 'sent' && { key: shortKey(key) }),
      }) satisfies Placed as Placed,
  );
}

/** The end of the checkout's id, and the number of the attempt. */
export const shortKey = (key: string): string =>
  /^[0-9a-f-]{36}\.\d+$/.test(key) ? `…${key.slice(32)}` : `…${key.slice(-6)}`;

const actEvents = ({ acts }: Evidence): Placed[] =>
  acts.map(({ atMs, lane, text, isTrouble }, place) => ({
    ...{ source: `lab:${place}`, atMs, rank: 5, from: lane, to: lane, text },
    kind: isTrouble ? 'trouble' : 'fact',
  }));

const inboxEvents = (inbox: readonly InboxRow[]): Placed[] =>
  inbox.flatMap(({ id, kind, receivedMs, appliedMs }) => {
    const base = { from: 'postgres', to: 'postgres', kind: 'commit', rank: 6 } as const;
    const kept = { ...base, source: `inbox:${id}:kept`, atMs: receivedMs, text: `${wordOf(kind)} kept once` };
    const applied = { ...base, source: `inbox:${id}:applied`, text: `${wordOf(kind)} applied: intent asked` };
    return appliedMs === null ? [kept] : [kept, { ...applied, atMs: appliedMs }];
  });

const naiveEvents = (rows: readonly NaiveRow[]): Placed[] =>
  rows.map(({ id, atMs, what }) => ({
    ...{ source: `naive:${id}`, atMs, rank: 6, from: 'postgres', to: 'postgres', kind: 'commit' },
    text: what.charAt(0).toUpperCase() + what.slice(1),
  }));

/** `payment_intent.succeeded` → `Event succeeded`. */
export const wordOf = (eventType: string): string => `Event “${eventType.replace('payment_intent.', '')}”`;
