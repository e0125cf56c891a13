'use client';
import { type FormEvent, useRef, useState } from 'react';
import { AccountField, type AccountFieldName, faultOf } from './account-field.tsx';
import { type Answer, askAuth, type Endpoint } from './ask-auth.ts';
import { RefusedNotice } from './refused-notice.tsx';

type Typed = Readonly<Record<string, string>>;
type Refused = Extract<Answer, { ok: false }>;

interface AccountFormProps {
  readonly endpoint: Endpoint;
  readonly fields: readonly AccountFieldName[];
  /** What is sent, from what was typed; left out: the same. */
  readonly inputOf?: (typed: Typed) => Typed;
  readonly button: string;
  readonly onDone: (typed: Typed) => void;
}

/** What is typed stays where it is, whatever the answer. */
export function AccountForm({ endpoint, fields, inputOf = (typed) => typed, button, onDone }: AccountFormProps) {
  const [faults, setFaults] = useState<Typed>({});
  const [refused, setRefused] = useState<Refused>();
  const [busy, setBusy] = useState(false);
  const underWay = useRef(false);

  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (underWay.current) return;
    const form = new FormData(event.currentTarget);
    const typed = Object.fromEntries(fields.map((name) => [name, textOf(form.get(name))]));
    if (typed['email'] !== undefined) typed['email'] = typed['email'].trim();
    const found = Object.fromEntries(
      fields.flatMap((name) => {
        const fault = faultOf(name, typed[name] ?? '');
        return fault ? [[name, fault]] : [];
      }),
    );
    setFaults(found);
    setRefused(undefined);
    const first = fields.find((name) => found[name]);
    if (first) return document.getElementById(first)?.focus();
    underWay.current = true;
    setBusy(true);
    const answer = await askAuth(endpoint, inputOf(typed));
    underWay.current = false;
    setBusy(false);
    if (answer.ok) onDone(typed);
    else setRefused(answer);
  }

  return (
    // Pressed before the page's script is there, what was typed must not become part of an address.
    <form className="grid gap-4" method="post" noValidate onSubmit={(event) => void send(event)}>
      {refused && <RefusedNotice {...refused} />}
      {fields.map((name) => (
        <AccountField key={name} name={name} fault={faults[name]} />
      ))}
      {/* Not disabled: that would take the focus from whoever pressed it. */}
      <button type="submit" className="btn" aria-disabled={busy || undefined}>
        {button}
      </button>
      <noscript>
        <p className="text-ink-2 text-small">Signing in needs JavaScript. Prints and orders can be read without it.</p>
      </noscript>
    </form>
  );
}

const textOf = (entry: FormDataEntryValue | null): string => (typeof entry === 'string' ? entry : '');
