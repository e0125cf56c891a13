'use client';
import type { Status } from '@once/checkout';
import { useRef, useState } from 'react';
import { api } from '#trpc/client.ts';

interface CancelPaymentProps {
  readonly checkoutId: string;
  readonly onAnswer: (status: Status) => void | Promise<void>;
}

/** Ends the order at the shopper's wish. The answer may be that the money was faster: then it is paid. */
export function CancelPayment({ checkoutId, onAnswer }: CancelPaymentProps) {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const inFlight = useRef(false);
  async function cancel() {
    if (inFlight.current) return;
    inFlight.current = true;
    setBusy(true);
    setFailed(false);
    try {
      await onAnswer(await api.checkout.cancel.mutate({ checkoutId }));
    } catch {
      setFailed(true);
    }
    setBusy(false);
    inFlight.current = false;
  }
  return (
    <>
      <button type="button" className="link" aria-disabled={busy} onClick={() => void cancel()}>
        {busy ? 'Cancelling the payment' : 'Cancel the payment and end this order'}
      </button>
      {failed && (
        <span className="text-care text-small" role="alert">
          We could not reach the shop. The order is as it was.
        </span>
      )}
    </>
  );
}
