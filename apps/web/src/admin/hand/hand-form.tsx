'use client';
import type { HandAnswer } from '@once/checkout';
import { useRouter } from 'next/navigation';
import { type ReactNode, type SubmitEvent, useEffect, useId, useRef } from 'react';
import { movedWords } from '#copy/desk-copy.ts';
import { sayAtDesk } from './desk-said.tsx';
import { SaidNotice } from './said-notice.tsx';
import { useDraft } from './use-draft.ts';
import { useSend } from './use-send.ts';

/** What goes out with every action: who it is, the server knows. */
export interface Hand {
  readonly requestId: string;
  readonly reason: string;
}

interface HandFormProps {
  /** Of the thing and the verb: `retry-event.evt_1`. Two forms of one name are one draft. */
  readonly name: string;
  /** On the button that opens it. */
  readonly verb: string;
  /** On the button that does it; names the thing. */
  readonly does: string;
  /** What is said when it was done. */
  readonly done: string;
  /** What whoever presses should know. */
  readonly hint?: string;
  /** @returns how it went; `words` say more than `done` does */
  readonly act: (hand: Hand) => Promise<HandAnswer & { readonly words?: string }>;
}

/** A button that asks for a reason before it does anything. What was typed survives a reload and a session that ends. */
export function HandForm({ name, verb, does, done, hint, act }: HandFormProps) {
  const { draft, open, close, type, anew, mark } = useDraft(name, { reason: '' });
  const { busy, said, send, forget } = useSend(mark);
  const router = useRouter();
  const opener = useRef<HTMLButtonElement>(null);

  function submit(event: SubmitEvent) {
    event.preventDefault();
    if (!draft || draft.fields.reason.trim() === '') return;
    const { requestId, fields } = draft;
    void send(async () => {
      const answer = await act({ requestId, reason: fields.reason });
      router.refresh();
      if (answer.answer === 'moved') {
        anew();
        sayAtDesk(answer.words ?? movedWords(answer.now));
        return undefined;
      }
      close();
      opener.current?.focus();
      sayAtDesk(answer.words ?? done);
      return undefined;
    });
  }
  const leave = () => {
    close();
    forget();
    opener.current?.focus();
  };
  return (
    <div className="grid min-w-0 gap-3">
      <button
        ref={opener}
        type="button"
        className="btn btn-line btn-s justify-self-start"
        aria-expanded={draft !== undefined}
        onClick={() => {
          // What was sent and not answered keeps its id: it is not another request yet.
          if (draft?.sent) return;
          forget();
          if (draft) leave();
          else open();
        }}
      >
        {verb}
      </button>
      {draft && (
        <form className="grid gap-3" onSubmit={submit}>
          <ReasonField
            value={draft.fields.reason}
            isFixed={draft.sent}
            hint={hint}
            onType={(reason) => type({ reason })}
            onEscape={draft.sent ? undefined : leave}
          />
          <div className="flex flex-wrap gap-2">
            <button type="submit" className="btn btn-s" aria-disabled={busy || draft.fields.reason.trim() === ''}>
              {does}
            </button>
            {!draft.sent && (
              <button type="button" className="btn btn-line btn-s" onClick={leave}>
                Leave it
              </button>
            )}
          </div>
        </form>
      )}
      <SaidNotice said={said} />
    </div>
  );
}

interface ReasonFieldProps {
  readonly value: string;
  /** It was sent: what goes out again is the same. */
  readonly isFixed: boolean;
  readonly hint?: ReactNode;
  readonly autoFocus?: boolean;
  readonly onType: (reason: string) => void;
  readonly onEscape?: (() => void) | undefined;
}

export function ReasonField({ value, isFixed, hint, autoFocus = true, onType, onEscape }: ReasonFieldProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autoFocus) field.current?.focus({ preventScroll: true });
  }, [autoFocus]);
  return (
    <div className="field">
      <label htmlFor={id}>Reason</label>
      <input
        ref={field}
        className="input"
        id={id}
        value={value}
        onChange={(event) => onType(event.target.value)}
        onKeyDown={({ key }) => key === 'Escape' && onEscape?.()}
        maxLength={500}
        autoComplete="off"
        readOnly={isFixed}
        aria-describedby={`${id}-hint`}
      />
      <p className="hint" id={`${id}-hint`}>
        {hint} It is kept with your name.
      </p>
    </div>
  );
}
