'use client';
import { useRef, useState } from 'react';
import { refusalWords } from '#copy/desk-copy.ts';
import { refusalOf } from '#trpc/client.ts';

/** Why a press has come to nothing, or to nobody knows what. */
export type Said =
  | { readonly kind: 'refused' | 'lost'; readonly words: string }
  /** Whoever presses again must sign in first. */
  | { readonly kind: 'signed_out' };

/**
 * Sends one request at a time. No answer is no "no": the same request may be sent again.
 *
 * @param sent is told before anything leaves, and again when an answer says for good that nothing was done
 */
export function useSend(sent: (isSent: boolean) => void) {
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<Said>();
  const inFlight = useRef(false);

  async function send(work: () => Promise<Said | undefined>): Promise<void> {
    if (inFlight.current) return;
    inFlight.current = true;
    setBusy(true);
    setSaid(undefined);
    sent(true);
    try {
      setSaid(await work());
    } catch (error) {
      const failed = saidOf(error);
      if (failed.kind !== 'lost') sent(false);
      setSaid(failed);
    }
    setBusy(false);
    inFlight.current = false;
  }
  return { busy, said, send, forget: () => setSaid(undefined) };
}

function saidOf(error: unknown): Said {
  const refusal = refusalOf(error);
  if (refusal?.status === 401) return { kind: 'signed_out' };
  if (refusal && refusal.status < 500) return { kind: 'refused', words: refusalWords(refusal.errorCode) };
  if (refusal?.errorCode === 'UNAVAILABLE') return { kind: 'lost', words: AWAY };
  return { kind: 'lost', words: 'No answer. It may have been done: press again, and it is done once.' };
}

const AWAY = 'The shop or the provider does not answer just now. Press again later: it is the same request.';
