import type { Metadata } from 'next';
import Link from 'next/link';
import { LocalMailNote } from '#account/local-notes.tsx';
import { Mailed } from '#account/mailed.tsx';
import { Narrow } from '#account/narrow.tsx';
import { storefront } from '#server/storefront.ts';

export const metadata: Metadata = { title: 'Create an account' };

export default async function NewAccount() {
  const note = storefront().env.hasLocalStaff && <LocalMailNote />;
  return (
    <Narrow>
      <Mailed endpoint="sign-up/email" withPassword button="Create the account" note={note}>
        <h1 className="text-head">Create an account.</h1>
        <p className="text-ink-2">
          We send a link to your address, to be sure that it is yours. Orders that you placed as a guest with the same
          address are added then.
        </p>
      </Mailed>
      <p className="text-small">
        <Link href="/sign-in">I have an account</Link>
      </p>
    </Narrow>
  );
}
