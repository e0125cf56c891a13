'use client';
// The browser's half: which key to send, kept before it is sent. Knows nothing of the server but what it answers.
import { useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import { forget, type Kept, keep, readKept } from './react-attempt.ts';
import { subscribe } from './react-store.ts';

/** What a request comes back with. `succeeded` and `rejected` are final; with any other status the key stays. */
export interface Answer {
  readonly status: string;
}

export interface Attempt<Sent> {
  /** `<id>.<number>`: equal in every tab, after a reload, after Back. */
  readonly key: string;
  /** How many final refusals came before. */
  readonly number: number;
  /** `sent`: it may have happened. `settled`: it has. */
  readonly phase: 'new' | 'sent' | 'settled';
  /** What was sent under this key and has no final answer, also before a reload and in another tab. */
  readonly sent: Sent | undefined;
  /** This page waits for an answer. Disable the button: a courtesy, the key is what protects. */
  readonly sending: boolean;
  /**
   * Keeps `what` with the key, then calls `request` with both. Moves on to the next key only if the answer's status is
   * `rejected`; whatever is thrown passes through and leaves the key: nobody knows what has become of it.
   * @param what JSON, all that the request's fingerprint is made of. It lies in the browser's storage: no card numbers.
   */
  send<A extends Answer>(what: Sent, request: (idempotencyKey: string, what: Sent) => Promise<A>): Promise<A>;
  /** Sends what was kept again, exactly as it was. Undefined: there is nothing without a final answer. */
  sendAgain<A extends Answer>(request: (idempotencyKey: string, what: Sent) => Promise<A>): Promise<A | undefined>;
  /** A final answer to this key that came another way: a status page, a push. */
  hear(status: 'succeeded' | 'rejected'): void;
  /** The server will never accept what was sent (400, 422). The key stays: another may have been accepted under it. */
  forget(): void;
}

/**
 * @param id what is attempted, made by the server and kept in the URL, so that it outlives a reload: a checkout's id
 * @param options.refusals how many final refusals the server has counted; else those that this browser has heard
 */
export function useAttempt<Sent>(id: string, { refusals = 0 }: { readonly refusals?: number } = {}): Attempt<Sent> {
  const read = useCallback(() => JSON.stringify(readKept(id, refusals)), [id, refusals]);
  const onServer = useCallback(() => JSON.stringify({ number: refusals, phase: 'new' }), [refusals]);
  const snapshot = useSyncExternalStore(subscribe, read, onServer);
  const [waiting, setWaiting] = useState(0);
  return useMemo(() => {
    const { number, phase, sent: text } = JSON.parse(snapshot) as Kept;
    const sent = text === undefined ? undefined : (JSON.parse(text) as Sent);
    const send: Attempt<Sent>['send'] = async (what, request) => {
      setWaiting((n) => n + 1);
      try {
        // The number that was drawn: a press on a page that is behind repeats an old attempt, and never begins a new one.
        return await sendKept(id, number, JSON.stringify(what ?? null), request);
      } finally {
        setWaiting((n) => n - 1);
      }
    };
    return {
      key: `${id}.${number}`,
      number,
      phase,
      sent,
      sending: waiting > 0,
      send,
      sendAgain: async (request) => (sent === undefined ? undefined : await send(sent, request)),
      hear: (status) => conclude(id, number, status),
      forget: () => forget(id, number),
    };
  }, [id, snapshot, waiting]);
}

async function sendKept<Sent, A extends Answer>(
  id: string,
  number: number,
  sent: string,
  request: (idempotencyKey: string, what: Sent) => Promise<A>,
): Promise<A> {
  keep(id, { number, phase: 'sent', sent }); // before the request leaves: a reload must find it
  // Read back from its text: what is sent again after a reload is then what was sent.
  const answer = await request(`${id}.${number}`, JSON.parse(sent) as Sent);
  conclude(id, number, answer.status);
  return answer;
}

function conclude(id: string, number: number, status: string): void {
  if (status === 'succeeded') keep(id, { number, phase: 'settled' });
  if (status === 'rejected') keep(id, { number: number + 1, phase: 'new' });
}
