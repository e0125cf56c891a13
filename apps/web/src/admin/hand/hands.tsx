'use client';
import type { DifferenceName, LetterName, SeenRecord } from '@once/checkout';
import { operationWords } from '#copy/desk-copy.ts';
import { api } from '#trpc/client.ts';
import { HandForm } from './hand-form.tsx';

// One for each thing that staff can move: which procedure it is, and the words on its buttons.

export function RetryEvent({ eventId }: { eventId: string }) {
  return (
    <HandForm
      name={`retry-event.${eventId}`}
      verb="Retry"
      does="Put it back into the inbox"
      done="Back in the inbox: the worker applies it within a second."
      act={(hand) => api.admin.retryEvent.mutate({ ...hand, eventId })}
    />
  );
}

export function RetryLetter({ letter }: { letter: LetterName }) {
  const { orderId, kind, subjectId } = letter;
  return (
    <HandForm
      name={`retry-letter.${orderId}.${kind}.${subjectId}`}
      verb="Send again"
      does="Put it back into the outbox"
      done="Back in the outbox: the worker sends it within a second."
      act={(hand) => api.admin.retryLetter.mutate({ ...hand, orderId, kind, subjectId })}
    />
  );
}

export function SettleDifference({ difference }: { difference: DifferenceName }) {
  const { providerObjectId, kind } = difference;
  return (
    <HandForm
      name={`settle-difference.${providerObjectId}.${kind}`}
      verb="Mark as settled"
      does="Mark this difference as settled"
      done="Settled."
      hint="It moves no money: say where the money is."
      act={(hand) => api.admin.settleDifference.mutate({ ...hand, providerObjectId, kind })}
    />
  );
}

export function ReviewOrder({ orderId, reviewReason }: { orderId: string; reviewReason: string }) {
  return (
    <HandForm
      name={`review-order.${orderId}.${reviewReason}`}
      verb="Mark as reviewed"
      does="Take the flag away"
      done="Reviewed. The customer sees the order as it is again."
      act={(hand) => api.admin.reviewOrder.mutate({ ...hand, orderId, reviewReason })}
    />
  );
}

export function EndPromotion({ code }: { code: string }) {
  return (
    <HandForm
      name={`end-promotion.${code}`}
      verb="End"
      does={`End ${code} now`}
      done="Ended. Orders that have used it keep their price."
      act={(hand) => api.admin.endPromotion.mutate({ ...hand, code })}
    />
  );
}

/** The verbs that a record's state has room for. */
export function MoveOperation({ record, operation }: { record: SeenRecord; operation: string }) {
  const { state, recordId } = record;
  const seen = { recordId, fence: record.fence, state };
  const what = operationWords(operation).toLowerCase();
  const isOpen = state === 'waiting' || state === 'needs_review';
  return (
    <div className="grid gap-4">
      {isOpen && (
        <HandForm
          name={`wake.${recordId}`}
          verb="Wake"
          does={`Wake this ${what}`}
          done="Due now: the worker goes on with it within a second."
          hint="The worker tries again at once, with all its tries."
          act={(hand) => api.admin.wake.mutate({ ...hand, ...seen })}
        />
      )}
      {(state === 'waiting' || state === 'in_flight') && (
        <HandForm
          name={`park.${recordId}`}
          verb="Park"
          does={`Park this ${what}`}
          done="Parked: no machine goes on with it until somebody wakes or resolves it."
          hint="Whoever works at it loses it."
          act={(hand) => api.admin.park.mutate({ ...hand, ...seen })}
        />
      )}
      {isOpen && (
        <HandForm
          name={`resolve.${recordId}`}
          verb="Resolve by the provider’s word"
          does={`Ask the provider, and end this ${what}`}
          done="Resolved."
          hint="The provider is asked what became of it, and its word is taken."
          act={(hand) => resolve({ ...hand, ...seen, by: 'provider' })}
        />
      )}
      {isOpen && operation === 'checkout.pay' && (
        <HandForm
          name={`cancel.${recordId}`}
          verb="Cancel it at the provider"
          does="Cancel it there, and end this payment"
          done="Resolved."
          hint="If the money was faster, the order is paid."
          act={(hand) => resolve({ ...hand, ...seen, by: 'cancel' })}
        />
      )}
    </div>
  );
}

async function resolve(input: Parameters<typeof api.admin.resolve.mutate>[0]) {
  const said = await api.admin.resolve.mutate(input);
  switch (said.answer) {
    case 'done':
      return { answer: 'done' as const, words: OUTCOMES[said.outcome] };
    case 'undecided':
      return {
        answer: 'moved' as const,
        now: said.says,
        words: `Nothing was done: the provider has no last word either (${said.says.replaceAll('_', ' ')}).`,
      };
    case 'moved':
      return said;
  }
}

const OUTCOMES = {
  succeeded: 'Resolved: it has succeeded.',
  rejected: 'Resolved: it did not happen, and that is final.',
  open: 'The provider’s word was taken, and it still waits.',
} as const;
