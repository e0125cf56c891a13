import { useAttempt } from '@once/idempotency/react';

export function PayButton({ orderId, refusals, card }: { orderId: string; refusals: number; card: string }) {
  const attempt = useAttempt<{ card: string }>(orderId, { refusals });
  const pay = () =>
    attempt.send({ card }, async (idempotencyKey, body) => {
      const response = await fetch(`/api/orders/${orderId}/pay`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify(body),
      });
      if (!response.ok) throw new Error(`${response.status}`); // nothing final: the key stays
      return (await response.json()) as { status: 'succeeded' | 'rejected' | 'waiting' | 'unknown' };
    });
  return (
    <button type="button" onClick={() => void pay().catch(() => {})} disabled={attempt.sending}>
      {attempt.phase === 'settled' ? 'Paid' : attempt.phase === 'sent' ? 'Check my payment' : 'Pay'}
    </button>
  );
}
