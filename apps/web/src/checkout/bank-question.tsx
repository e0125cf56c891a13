'use client';
import Link from 'next/link';
import { useRef, useState } from 'react';
import { api } from '#trpc/client.ts';

interface BankQuestionProps {
  readonly checkoutId: string;
  /** Ready to read. */
  readonly amount: string;
  readonly last4: string | null;
}

/** What a bank asks before it pays. Answered, it sends the browser back to the shop, as a bank does. */
export function BankQuestion({ checkoutId, amount, last4 }: BankQuestionProps) {
  const inFlight = useRef(false);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);

  async function answer(result: 'complete' | 'fail') {
    if (inFlight.current) return;
    inFlight.current = true;
    setBusy(true);
    setFailed(false);
    try {
      await api.checkout.testAction.mutate({ checkoutId, result });
      location.assign(`/checkout/${checkoutId}/return`);
    } catch {
      setFailed(true);
      setBusy(false);
      inFlight.current = false;
    }
  }

  return (
    <div className="bank">
      <p className="text-ink-2 text-small">Local test bank. This is what 3-D Secure looks like here.</p>
      <h1 className="text-title">Is this you?</h1>
      <dl className="facts">
        <dt>Shop</dt>
        <dd>Once</dd>
        <dt>Amount</dt>
        <dd>{amount}</dd>
        <dt>Card</dt>
        <dd className="mono">•••• {last4}</dd>
      </dl>
      <div className="grid gap-2.5">
        <button type="button" className="btn" aria-disabled={busy} onClick={() => void answer('complete')}>
          Yes, confirm {amount}
        </button>
        <button type="button" className="btn btn-line" aria-disabled={busy} onClick={() => void answer('fail')}>
          No, refuse
        </button>
        <Link className="link justify-self-center" href={`/orders/${checkoutId}`}>
          Close without answering
        </Link>
      </div>
      {failed && (
        <p className="text-care text-small" role="alert">
          The bank does not answer. Press again, or close this page: your order shows how it stands.
        </p>
      )}
    </div>
  );
}
