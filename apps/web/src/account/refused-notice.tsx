import Link from 'next/link';
import { type ReactNode, useEffect, useRef } from 'react';
import type { AuthRefusal } from '#server/auth/handler.ts';

interface RefusedNoticeProps {
  readonly why: AuthRefusal;
  readonly waitSeconds?: number | undefined;
}

/** Why not, and what to do. It takes the focus: whoever pressed must hear it. */
export function RefusedNotice({ why, waitSeconds = 60 }: RefusedNoticeProps) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => notice.current?.focus(), []);
  const { title, body } = WORDS[why];
  return (
    <div className="notice care" role="alert" tabIndex={-1} ref={notice}>
      <span aria-hidden="true">!</span>
      <div>
        <p className="font-medium">{title}</p>
        <p>{typeof body === 'function' ? body(waitSeconds) : body}</p>
      </div>
    </div>
  );
}

const anew = <Link href="/sign-in/forgotten">Ask for a new link</Link>;

const WORDS: Readonly<
  Record<AuthRefusal, { readonly title: string; readonly body: ReactNode | ((waitSeconds: number) => ReactNode) }>
> = {
  CREDENTIALS_WRONG: {
    title: 'This address and this password do not go together.',
    body: 'Look for a typing mistake, or choose a new password.',
  },
  EMAIL_NOT_CONFIRMED: {
    title: 'This address is not confirmed yet.',
    body: <>Open the link in the mail that we sent when you made the account. {anew} if it is gone.</>,
  },
  LINK_INVALID: { title: 'This link was used before, or is too old.', body: <>{anew}; it works for an hour.</> },
  TOO_MANY_TRIES: {
    title: 'Too many tries in a row.',
    body: (waitSeconds) => `Wait ${waitSeconds} seconds. What you typed is kept.`,
  },
  INPUT_INVALID: { title: 'Something in it cannot be right.', body: 'Look at what you typed. Nothing was changed.' },
  REQUEST_INVALID: { title: 'This did not work.', body: 'Load the page again. Nothing was changed.' },
  UNAVAILABLE: { title: 'We could not be reached.', body: 'What you typed is kept. Press again in a moment.' },
};
