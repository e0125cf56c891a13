import type { Metadata } from 'next';
import Link from 'next/link';
import { LocalMailNote } from '#account/local-notes.tsx';
import { Mailed } from '#account/mailed.tsx';
import { Narrow } from '#account/narrow.tsx';
import { storefront } from '#server/storefront.ts';

export const metadata: Metadata = { title: 'Forgot your password' };

export default async function Forgotten() {
  const note = storefront().env.hasLocalStaff && <LocalMailNote />;
  return (
    <Narrow>
      <Mailed endpoint="request-password-reset" withPassword={false} button="Send a link" note={note}>
        <h1 className="text-head">Choose a new password.</h1>
        <p className="text-ink-2">We send a link to your address. Until you use it, your password stays as it is.</p>
      </Mailed>
      <p className="text-small">
        <Link href="/sign-in">Back to sign in</Link>
      </p>
    </Narrow>
  );
}
