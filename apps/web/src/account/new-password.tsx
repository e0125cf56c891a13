'use client';
import Link from 'next/link';
import { useEffect, useRef, useState } from 'react';
import { AccountForm } from './account-form.tsx';

export function NewPassword({ token }: { token: string }) {
  const [done, setDone] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (done) title.current?.focus();
  }, [done]);
  if (!done) {
    return (
      <>
        <h1 className="text-head">Choose a new password.</h1>
        <p className="text-ink-2">All browsers that are signed in with the old one are signed out.</p>
        <AccountForm
          endpoint="reset-password"
          fields={['newPassword']}
          inputOf={(typed) => ({ ...typed, token })}
          button="Use this password"
          onDone={() => setDone(true)}
        />
      </>
    );
  }
  return (
    <>
      <h1 className="text-head" tabIndex={-1} ref={title}>
        Your password is changed.
      </h1>
      <p className="text-ink-2">Every browser was signed out.</p>
      <p>
        <Link className="btn" href="/sign-in">
          Sign in with it
        </Link>
      </p>
    </>
  );
}
