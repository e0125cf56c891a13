'use client';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { AccountForm } from './account-form.tsx';
import type { Endpoint } from './ask-auth.ts';

interface MailedProps {
  readonly endpoint: Endpoint;
  readonly withPassword: boolean;
  readonly button: string;
  /** Below what is said when the mail is on its way. */
  readonly note: ReactNode;
  readonly children: ReactNode;
}

/**
 * A form that ends with a mail. What it says then is the same for every address: whether one has an account is nobody
 * else's business.
 */
export function Mailed({ endpoint, withPassword, button, note, children }: MailedProps) {
  const [address, setAddress] = useState<string>();
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (address) title.current?.focus();
  }, [address]);
  if (!address) {
    return (
      <>
        {children}
        <AccountForm
          endpoint={endpoint}
          fields={withPassword ? ['email', 'newPassword'] : ['email']}
          inputOf={({ email = '', newPassword }) => (newPassword ? { email, password: newPassword } : { email })}
          button={button}
          onDone={({ email }) => setAddress(email)}
        />
      </>
    );
  }
  return (
    <>
      <h1 className="text-head" tabIndex={-1} ref={title}>
        Look in your mail.
      </h1>
      <p className="break-words text-ink-2">
        We have sent a link to {address}. It works for an hour. Nothing there after some minutes? Look among unwanted
        mail, or whether the address has a typing mistake.
      </p>
      {note}
    </>
  );
}
