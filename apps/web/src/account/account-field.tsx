import type { HTMLInputAutoCompleteAttribute } from 'react';
import { PASSWORD_LENGTH } from './password-length.ts';

export type AccountFieldName = 'email' | 'password' | 'newPassword';

interface Look {
  readonly label: string;
  readonly type: 'email' | 'password';
  readonly autoComplete: HTMLInputAutoCompleteAttribute;
  readonly hint?: string;
}

const LOOKS: Readonly<Record<AccountFieldName, Look>> = {
  email: { label: 'Email', type: 'email', autoComplete: 'username' },
  password: { label: 'Password', type: 'password', autoComplete: 'current-password' },
  newPassword: {
    label: 'New password',
    type: 'password',
    autoComplete: 'new-password',
    hint: `At least ${PASSWORD_LENGTH.min} characters. Three words are easier to remember than one with signs in it.`,
  },
};

/** What is wrong with what was typed, before anything is sent. */
export function faultOf(name: AccountFieldName, typed: string): string | undefined {
  if (name === 'email')
    return /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(typed) ? undefined : 'An address has a name, an @ and a domain.';
  if (name === 'newPassword')
    return typed.length >= PASSWORD_LENGTH.min ? undefined : `At least ${PASSWORD_LENGTH.min} characters.`;
  return typed ? undefined : 'Type your password.';
}

export function AccountField({ name, fault }: { name: AccountFieldName; fault: string | undefined }) {
  const { label, hint, ...input } = LOOKS[name];
  const described = [hint && `${name}-hint`, fault && `${name}-fault`].filter(Boolean).join(' ');
  return (
    <div className="field">
      <label htmlFor={name}>{label}</label>
      <input
        {...input}
        className="input"
        id={name}
        name={name}
        maxLength={name === 'email' ? 254 : PASSWORD_LENGTH.max}
        autoCapitalize="none"
        spellCheck={false}
        aria-invalid={fault ? true : undefined}
        aria-describedby={described || undefined}
      />
      {hint && (
        <p className="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {fault && (
        <p className="fault" id={`${name}-fault`}>
          {fault}
        </p>
      )}
    </div>
  );
}
