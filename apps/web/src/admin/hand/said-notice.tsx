'use client';
import { usePathname, useSearchParams } from 'next/navigation';
import { Dot } from '#frame/dot.tsx';
import { signInFrom } from '../sign-in-from.ts';
import type { Said } from './use-send.ts';

/** Why nothing was done, announced when it is known. */
export function SaidNotice({ said }: { said: Said | undefined }) {
  return (
    <div aria-live="polite" className="empty:hidden">
      {said?.kind === 'signed_out' ? <SignInAgain /> : said && <Words said={said} />}
    </div>
  );
}

function Words({ said }: { said: Exclude<Said, { kind: 'signed_out' }> }) {
  return (
    <div className="notice care">
      {said.kind === 'lost' ? <Dot kind="ask" /> : <b aria-hidden="true">!</b>}
      <p>{said.words}</p>
    </div>
  );
}

function SignInAgain() {
  const path = usePathname();
  const search = useSearchParams().toString();
  return (
    <div className="notice care">
      <b aria-hidden="true">!</b>
      <p>Your session has ended, and nothing was done. What you typed is kept.</p>
      <a className="btn btn-line btn-s end" href={signInFrom(search ? `${path}?${search}` : path)}>
        Sign in
      </a>
    </div>
  );
}
