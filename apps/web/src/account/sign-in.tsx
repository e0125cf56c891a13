'use client';
import { AccountForm } from './account-form.tsx';

/** @param next a page of the shop */
export function SignIn({ next }: { next: string }) {
  return (
    <AccountForm
      endpoint="sign-in/email"
      fields={['email', 'password']}
      button="Sign in"
      // Loaded anew: everything on it may belong to somebody else now.
      onDone={() => location.assign(next)}
    />
  );
}
