'use client';
import type { RefundAnswer } from '@once/checkout';
import { useRouter } from 'next/navigation';
import { type SubmitEvent, useRef, useTransition } from 'react';
import { money } from '#copy/money.ts';
import { api } from '#trpc/client.ts';
import { sayAtDesk } from '../hand/desk-said.tsx';
import { ReasonField } from '../hand/hand-form.tsx';
import { SaidNotice } from '../hand/said-notice.tsx';
import { useDraft } from '../hand/use-draft.ts';
import { type Said, useSend } from '../hand/use-send.ts';
import { amountOf, linesOf, type Refundable, type RefundFields } from './refund-amount.ts';
import { RefundChoice } from './refund-choice.tsx';

/** Gives money back, once for each time that the form was opened. */
export function RefundForm({ refundable }: { refundable: Refundable }) {
  const { orderId, currency, refundedMinor, last4 } = refundable;
  const { draft, open, close, type, anew, mark } = useDraft<RefundFields>(`refund.${orderId}`, {
    ...{ choice: 'all', lines: [], amount: '', reason: '' },
    refundedMinor,
  });
  const { busy, said, send, forget } = useSend(mark);
  const router = useRouter();
  const [isRefreshing, startRefresh] = useTransition();
  const opener = useRef<HTMLButtonElement>(null);
  const fields = draft?.fields;
  const amountMinor = fields && amountOf(fields, refundable);
  const isReady = amountMinor !== undefined && amountMinor > 0 && fields?.reason.trim() !== '';

  function submit(event: SubmitEvent) {
    event.preventDefault();
    if (!draft || amountMinor === undefined || !isReady) return;
    const { reason, refundedMinor: seen } = draft.fields;
    const request = {
      ...{ orderId, refundId: draft.requestId, amountMinor, reason, refundedMinor: seen },
      lines: linesOf(draft.fields, refundable),
    };
    void send(async () => {
      const answer = await api.admin.refund.mutate(request);
      // Until the page is drawn anew it shows what was, and a form that opens would take that for what is.
      startRefresh(() => router.refresh());
      return answered(answer, amountMinor);
    });
  }

  function answered(answer: RefundAnswer, asked: number): Said | undefined {
    const words = wordsOf(answer, money(asked, currency), (minor) => money(minor, currency));
    switch (answer.answer) {
      case 'unknown':
        return { kind: 'lost', words };
      case 'changed':
      case 'exceeds':
        // This id has had its answer. What comes next is another refund, of the money as it is now.
        anew({ refundedMinor: answer.refundedMinor });
        return { kind: 'refused', words };
      case 'refused':
        anew();
        return { kind: 'refused', words };
      case 'succeeded':
      case 'pending':
      case 'failed':
      case 'needs_review':
        close();
        opener.current?.focus();
        sayAtDesk(words);
        return undefined;
    }
  }

  return (
    <div className="grid gap-4">
      <button
        ref={opener}
        type="button"
        className="btn btn-line justify-self-start"
        aria-expanded={draft !== undefined}
        aria-disabled={isRefreshing}
        onClick={() => {
          if (isRefreshing) return;
          forget();
          if (!draft) open();
          else if (!draft.sent) close();
        }}
      >
        Refund…
      </button>
      {draft && fields && (
        <form className="grid gap-4" onSubmit={submit} noValidate>
          <RefundChoice fields={fields} refundable={refundable} isFixed={draft.sent} onType={type} />
          <ReasonField
            value={fields.reason}
            isFixed={draft.sent}
            autoFocus={false}
            onType={(reason) => type({ reason })}
          />
          <button type="submit" className="btn" aria-disabled={busy || !isReady} aria-busy={busy}>
            {draft.sent && !busy ? 'Ask again for ' : 'Refund '}
            {amountMinor === undefined ? '…' : money(amountMinor, currency)} once
          </button>
          <p className="text-ink-2 text-small">
            {last4 ? `Goes back to the card ending ${last4}.` : 'Goes back the way it came.'}
          </p>
        </form>
      )}
      <SaidNotice said={said} />
    </div>
  );
}

function wordsOf(answer: RefundAnswer, asked: string, inMoney: (minor: number) => string): string {
  switch (answer.answer) {
    case 'succeeded':
      return `Refunded ${asked}, once.`;
    case 'pending':
      return `The refund of ${asked} is on its way. The provider says so when it has arrived.`;
    case 'failed':
      return `The refund of ${asked} did not go through. Nothing has left; it may be asked for again.`;
    case 'refused':
      return `The provider refused it (${answer.reason}). Nothing has left.`;
    case 'changed':
      return `Nothing was refunded: somebody else has refunded meanwhile, ${inMoney(answer.refundedMinor)} in all. Look again before you press.`;
    case 'exceeds':
      return `Nothing was refunded: ${inMoney(answer.capturedMinor - answer.refundedMinor)} is all that is left.`;
    case 'unknown':
      return `Not known yet whether ${asked} went back. Press again: it is the same refund, and goes out once.`;
    case 'needs_review':
      return `Nobody knows whether ${asked} went back, and no machine tries any more. See its operation below.`;
  }
}
