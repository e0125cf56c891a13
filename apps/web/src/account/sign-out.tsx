'use client';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { api, refusalOf } from '#trpc/client.ts';

interface SignOutProps {
  /** Another browser; left out: this one. */
  readonly session?: { readonly id: string; readonly name: string };
  readonly everywhere?: boolean;
}

export function SignOut({ session, everywhere = false }: SignOutProps) {
  const router = useRouter();
  const [failed, setFailed] = useState(false);

  async function signOut() {
    setFailed(false);
    try {
      if (everywhere) await api.account.signOutEverywhere.mutate();
      else await api.account.signOut.mutate(session ? { sessionId: session.id } : {});
    } catch (error) {
      // Signed out already, from another browser: that is what was wanted.
      if (refusalOf(error)?.errorCode !== 'SIGN_IN_NEEDED') return setFailed(true);
    }
    if (session) router.refresh();
    else location.assign('/sign-in');
  }

  return (
    <>
      <button type="button" className={`btn btn-line ${session ? 'btn-s' : ''}`} onClick={() => void signOut()}>
        {everywhere ? 'Sign out everywhere' : 'Sign out'}
        {session && <span className="sr-only"> {session.name}</span>}
      </button>
      {failed && <span role="alert">This did not work. Press again.</span>}
    </>
  );
}
