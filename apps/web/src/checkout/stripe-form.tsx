'use client';
import { useEffect, useRef, useState } from 'react';
import type { MakeToken } from './card-form.ts';
import { CardFormFailed } from './card-form-failed.tsx';
import { type OpenForm, openForm } from './stripe-elements.ts';

export interface StripeFormProps {
  readonly publishableKey: string;
  readonly amountMinor: number;
  /** ISO 4217. */
  readonly currency: string;
  /** Told how tokens are made once the form can be filled in, and undefined while it cannot. */
  readonly onReady: (makeToken: MakeToken | undefined) => void;
}

/** Stripe's own form: what is typed there goes to Stripe and never comes near the shop. */
export function StripeForm({ publishableKey, amountMinor, currency, onReady }: StripeFormProps) {
  const place = useRef<HTMLDivElement>(null);
  const [tries, setTries] = useState(1);
  const [open, setOpen] = useState<OpenForm>();
  const [failed, setFailed] = useState(false);
  const [fault, setFault] = useState<string>();

  const amountAtFirst = useRef(amountMinor);
  useEffect(() => {
    amountAtFirst.current = amountMinor;
    open?.setAmount(amountMinor);
  }, [open, amountMinor]);

  useEffect(() => {
    if (!place.current) return undefined;
    const gone = new AbortController();
    const { signal } = gone;
    setFailed(false);
    void openForm(place.current, { publishableKey, amountMinor: amountAtFirst.current, currency, signal }).then(
      (opened) => signal.aborted || setOpen(opened),
      () => signal.aborted || setFailed(true),
    );
    return () => {
      gone.abort();
      setOpen(undefined);
    };
  }, [publishableKey, currency, tries]); // another try is another form

  useEffect(() => {
    if (!open) return undefined;
    onReady(async () => {
      setFault(undefined);
      const made = await open.makeToken();
      if ('token' in made) return made.token;
      setFault(made.fault);
      return undefined;
    });
    return () => onReady(undefined);
  }, [open, onReady]);

  useEffect(() => {
    // Into view only: Stripe may have put the focus where the correction belongs.
    if (fault) place.current?.scrollIntoView({ block: 'nearest' });
  }, [fault]);
  useThemeChange(open?.matchTheme);

  return (
    <>
      {failed && <CardFormFailed onRetry={() => setTries(tries + 1)} />}
      {!open && !failed && <p className="text-ink-2 text-small">Loading the card form of Stripe.</p>}
      <div ref={place} />
      {fault && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
    </>
  );
}

function useThemeChange(onChange: (() => void) | undefined): void {
  useEffect(() => {
    if (!onChange) return undefined;
    const system = matchMedia('(prefers-color-scheme: dark)');
    const chosen = new MutationObserver(onChange);
    system.addEventListener('change', onChange);
    chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      system.removeEventListener('change', onChange);
      chosen.disconnect();
    };
  }, [onChange]);
}
