'use client';
import { AccountForm } from './account-form.tsx';

export function ConfirmEmail({ token }: { token: string }) {
  return (
    <AccountForm
      endpoint="confirm-email"
      fields={['password']}
      inputOf={(typed) => ({ ...typed, token })}
      button="Confirm and sign in"
      onDone={() => location.assign('/account')}
    />
  );
}
