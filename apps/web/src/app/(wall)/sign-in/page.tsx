import type { Metadata } from 'next';
import Link from 'next/link';
import { redirect } from 'next/navigation';
import { LocalStaffNote } from '#account/local-notes.tsx';
import { SignIn } from '#account/sign-in.tsx';
import { currentShopper } from '#server/request.ts';
import { storefront } from '#server/storefront.ts';

export const metadata: Metadata = { title: 'Sign in' };

export default async function SignInPage({ searchParams }: PageProps<'/sign-in'>) {
  const { next } = await searchParams;
  // With `next`, a page has sent them here although they are signed in: it wants the password again.
  if (next === undefined && (await currentShopper()).session) redirect('/account');
  return (
    <div className="grid gap-12 py-8 md:grid-cols-2 md:gap-16 md:py-16">
      <section className="grid max-w-112 content-start gap-4">
        <h1 className="text-head">You do not need an account.</h1>
        <p className="text-ink-2">
          Buy as a guest: your cart and your orders are kept in this browser. With an account you have them in every
          browser that you sign in with.
        </p>
        <p>
          <Link className="btn btn-line" href="/">
            Go on as a guest
          </Link>
        </p>
      </section>
      <section className="grid max-w-112 content-start gap-4">
        <h2 className="text-title">Sign in</h2>
        <p className="text-ink-2 text-small">Your cart, what is held in it and any payment under way come with you.</p>
        <SignIn next={pathIn(next)} />
        <p className="flex flex-wrap justify-between gap-x-6 gap-y-2 text-small">
          <Link href="/sign-in/new">Create an account</Link>
          <Link href="/sign-in/forgotten">Forgot your password?</Link>
        </p>
        {storefront().env.hasLocalStaff && <LocalStaffNote />}
      </section>
    </div>
  );
}

/** Only a page of ours: anything else in the address was put there by somebody else. */
function pathIn(next: string | string[] | undefined): string {
  return typeof next === 'string' && /^\/(?![/\\])[\w/.-]*$/.test(next) ? next : '/account';
}
