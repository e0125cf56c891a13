'use client';
import type { Status } from '@once/checkout';
import { useRouter } from 'next/navigation';
import { useEffect, useRef, useState } from 'react';
import type { StatusId } from '#copy/status-copy.ts';
import { tellOtherTabs } from '#live/other-tabs.ts';
import { api } from '#trpc/client.ts';
import { forgetDraft } from './draft.ts';
import { type Fault, faultsIn, readForm } from './form.ts';
import { type Attempt, forget, kept, numberOf } from './kept-attempt.ts';
import { type Press, type Pressed, pressPay, sendAttempt } from './press-pay.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** Something to say beside the status of the order. */
export interface Said {
  /** Undefined: the status's own words. Null: none at all, what they said is done with. */
  readonly id?: StatusId | null;
  readonly note?: string;
  /** What it explains; once that has changed, it is not said any more. */
  readonly when?: Verdict;
}

/** `sending`: no answer yet. `slow`: none for a while. `lost`: the connection broke before one came. */
export type Phase = 'idle' | 'sending' | 'slow' | 'lost';

const SLOW_MS = 5_000;

interface Till {
  readonly status: Status;
  readonly tell: (status: Status) => Promise<void>;
  readonly ask: () => Promise<void>;
}

/** Pressing Pay, and hearing what came of it, by whichever way it is heard first. */
export function usePay(watch: (missing: boolean) => void, { status, tell, ask }: Till) {
  const router = useRouter();
  const [phase, setPhase] = useState<Phase>('idle');
  const [said, setSaid] = useState<Said>();
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  /** The attempt whose answer is missing. */
  const [missing, setMissing] = useState<Attempt>();
  const inFlight = useRef(false);
  const { checkoutId } = status;
  const atFirst = useRef(status);
  const verdict = verdictOf(status, missing && numberOf(missing));

  // The answer to what was sent before a reload is missing too: the page asks for it, and sends nothing.
  useEffect(() => {
    const earlier = kept(checkoutId);
    if (!earlier || verdictOf(atFirst.current, numberOf(earlier)) !== 'unheard') return;
    setMissing(earlier);
    setPhase('lost');
    watch(true);
  }, [checkoutId, watch]);

  const leave = () => {
    // Offline, the browser would show its own page instead of the order's.
    if (!navigator.onLine) {
      addEventListener('online', leave, { once: true });
      return;
    }
    router.replace(`/orders/${checkoutId}`);
    router.refresh(); // the frame there may be from before: its cart still has what was just bought
  };

  const rest = () => {
    setPhase('idle');
    setMissing(undefined);
    watch(false);
  };

  useVerdict(verdict, status, { missing, rest, leave });

  function sent(attempt: Attempt) {
    setMissing(attempt);
    setPhase('sending');
    tellOtherTabs(checkoutId);
  }

  async function take(pressed: Pressed): Promise<void> {
    if (pressed.kind === 'lost') {
      setPhase('lost');
      watch(true);
      return;
    }
    tellOtherTabs(checkoutId);
    if ('status' in pressed) await tell(pressed.status);
    // A shop that could not be reached is not asked: until it answered, the press would look as if it had been sent.
    else if (pressed.kind !== 'incomplete' && pressed.kind !== 'not_sent') await ask();
    if (pressed.kind === 'invalid') setFaults(pressed.faults);
    setSaid(wordsOn(pressed));
    rest();
  }

  async function guarded(work: () => Promise<Pressed>): Promise<void> {
    // A courtesy: what makes a second press harmless is the key.
    if (inFlight.current) return;
    inFlight.current = true;
    setSaid(undefined);
    setPhase('sending');
    const slow = setTimeout(() => {
      setPhase((now) => (now === 'sending' ? 'slow' : now));
      watch(true);
    }, SLOW_MS);
    try {
      await take(await work());
    } finally {
      clearTimeout(slow);
      inFlight.current = false;
    }
  }

  async function press(form: HTMLFormElement, order: Omit<Press, 'form'>): Promise<void> {
    if (verdict === 'wait' || verdict === 'leave') return;
    const filled = readForm(form);
    const found = order.frozen ? [] : faultsIn(filled);
    setFaults(found);
    if (found.length > 0) return;
    if (!navigator.onLine) {
      setSaid({ id: 'offline' });
      return;
    }
    await guarded(() => pressPay(api, { ...order, form: filled }, sent));
  }

  /** Sends the attempt again whose answer was lost, exactly as it was kept. */
  async function askAgain(): Promise<void> {
    const attempt = missing ?? kept(checkoutId);
    if (attempt) await guarded(() => sendAttempt(api, attempt, sent));
    else await ask();
  }

  return { phase, verdict, said, say: setSaid, faults, press, askAgain };
}

interface Turn {
  readonly missing: Attempt | undefined;
  readonly rest: () => void;
  readonly leave: () => void;
}

/** Acts on what has become true, whoever told us. */
function useVerdict(verdict: Verdict, status: Status, turn: Turn): void {
  const latest = useRef(turn);
  useEffect(() => {
    latest.current = turn;
  });
  const { checkoutId, refusals } = status;
  const { missing } = turn;
  useEffect(() => {
    const { rest, leave } = latest.current;
    const earlier = kept(checkoutId);
    if (earlier && (verdict === 'leave' || numberOf(earlier) < refusals)) forget(checkoutId);
    if (verdict === 'leave') {
      forgetDraft(); // it has become an order
      leave();
      // The answer that was missing has come another way.
    } else if (missing && (verdict === 'wait' || verdict === 'refused')) rest();
  }, [verdict, missing, checkoutId, refusals]);
}

function wordsOn(pressed: Exclude<Pressed, { kind: 'lost' }>): Said | undefined {
  switch (pressed.kind) {
    case 'answered':
      // Our own press: the bank is slow, rather than somebody else's payment on its way.
      return pressed.status.answer === 'processing' ? { id: 'slow', when: 'wait' } : undefined;
    case 'elsewhere':
      return elsewhere(pressed.status);
    case 'not_sent':
      return { id: 'not_sent' };
    case 'moved':
      // Where the status has words of its own by now, those are better.
      return { id: 'order_changed', when: 'idle' };
    case 'invalid':
    case 'incomplete':
      return undefined;
  }
}

/** Another tab pays, or was refused, under the number that this press would have had. */
function elsewhere(status: Status): Said | undefined {
  const card = status.last4 ? `The card ending ${status.last4}` : 'Another card';
  switch (verdictOf(status)) {
    case 'wait':
      return { id: 'in_progress', note: `${card} is being charged; this one was not used.`, when: 'wait' };
    case 'refused':
      return status.answer === 'declined'
        ? { note: `${card} was declined; this one was not used.`, when: 'refused' }
        : undefined;
    case 'leave':
      return undefined;
    case 'idle':
    case 'unheard':
      return { id: 'order_changed', when: 'idle' };
  }
}
