'use client';
import { AccountForm } from './account-form.tsx';

export function ConfirmEmail({ token }: { token: string }) {
  return (
    <AccountForm
      endpoint="confirm-email"
      fields={['password']}
      also={{ token }}
      button="Confirm and sign in"
      onDone={() => location.assign('/account')}
    />
  );
}
