'use client';
import { useRouter } from 'next/navigation';
import { type ReactNode, type SubmitEvent, useId } from 'react';
import { movedWords } from '#copy/desk-copy.ts';
import { api } from '#trpc/client.ts';
import { sayAtDesk } from './hand/desk-said.tsx';
import { ReasonField } from './hand/hand-form.tsx';
import { SaidNotice } from './hand/said-notice.tsx';
import { useDraft } from './hand/use-draft.ts';
import { useSend } from './hand/use-send.ts';

const EMPTY = { code: '', percentOff: '', uses: '', endsAt: '', reason: '' };

/** A code that takes something off. Given once; it can be ended, and never given again. */
export function PromotionForm() {
  const { draft, open, close, type, anew, mark } = useDraft('create-promotion', EMPTY);
  const { busy, said, send, forget } = useSend(mark);
  const router = useRouter();
  if (!draft) {
    return (
      <>
        <button
          type="button"
          className="btn btn-line justify-self-start"
          onClick={() => {
            forget();
            open();
          }}
        >
          Create a code…
        </button>
        <SaidNotice said={said} />
      </>
    );
  }
  const { fields, requestId, sent } = draft;
  const input = inputOf(fields);

  function submit(event: SubmitEvent) {
    event.preventDefault();
    if (!input) return;
    void send(async () => {
      const answer = await api.admin.createPromotion.mutate({ ...input, requestId });
      router.refresh();
      if (answer.answer === 'moved') {
        anew();
        return { kind: 'refused', words: movedWords(answer.now) };
      }
      close();
      sayAtDesk(`${input.code.toUpperCase()} can be used now.`);
      return undefined;
    });
  }

  return (
    <form className="grid gap-4" onSubmit={submit} noValidate>
      <Field name="Code" hint="Letters, figures, - and _. Capitals or not is the same.">
        {(props) => (
          <input
            {...props}
            value={fields.code}
            onChange={({ target }) => type({ code: target.value })}
            readOnly={sent}
            maxLength={40}
            autoCapitalize="characters"
            spellCheck={false}
          />
        )}
      </Field>
      <div className="fields">
        <Field name="Per cent off" hint="1 to 100, of the prints">
          {(props) => (
            <input
              {...props}
              value={fields.percentOff}
              onChange={({ target }) => type({ percentOff: target.value })}
              readOnly={sent}
              inputMode="numeric"
            />
          )}
        </Field>
        <Field name="Uses" hint="By orders, in all">
          {(props) => (
            <input
              {...props}
              value={fields.uses}
              onChange={({ target }) => type({ uses: target.value })}
              readOnly={sent}
              inputMode="numeric"
            />
          )}
        </Field>
      </div>
      <Field name="Ends (optional)" hint="Else when it is used up, or by hand">
        {(props) => (
          <input
            {...props}
            type="datetime-local"
            value={fields.endsAt}
            onChange={({ target }) => type({ endsAt: target.value })}
            readOnly={sent}
          />
        )}
      </Field>
      <ReasonField value={fields.reason} isFixed={sent} autoFocus={false} onType={(reason) => type({ reason })} />
      <div className="flex flex-wrap gap-2">
        <button type="submit" className="btn btn-s" aria-disabled={busy || !input} aria-busy={busy}>
          Create {fields.code.trim().toUpperCase() || 'the code'}
        </button>
        {!sent && (
          <button type="button" className="btn btn-line btn-s" onClick={close}>
            Leave it
          </button>
        )}
      </div>
      <SaidNotice said={said} />
    </form>
  );
}

/** @returns undefined while something is missing or cannot be meant */
function inputOf({ code, percentOff, uses, endsAt, reason }: typeof EMPTY) {
  const [percent, many] = [wholeOf(percentOff), wholeOf(uses)];
  const ends = endsAt === '' ? null : new Date(endsAt);
  const isEndReadable = ends === null || !Number.isNaN(ends.getTime());
  const isMeant = /^[A-Za-z0-9_-]{1,40}$/.test(code.trim()) && percent >= 1 && percent <= 100 && many >= 1;
  if (!isMeant || !isEndReadable || reason.trim() === '') return undefined;
  return { code: code.trim(), percentOff: percent, uses: many, endsAt: ends, reason };
}

const wholeOf = (typed: string): number => (/^\d{1,7}$/.test(typed.trim()) ? Number(typed) : 0);

interface FieldProps {
  readonly name: string;
  readonly hint: string;
  readonly children: (props: {
    readonly id: string;
    readonly className: string;
    readonly autoComplete: 'off';
    readonly 'aria-describedby': string;
  }) => ReactNode;
}

function Field({ name, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{name}</label>
      {children({ id, className: 'input', autoComplete: 'off', 'aria-describedby': `${id}-hint` })}
      <p className="hint" id={`${id}-hint`}>
        {hint}
      </p>
    </div>
  );
}
