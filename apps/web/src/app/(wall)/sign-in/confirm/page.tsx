import type { Metadata } from 'next';
import { ConfirmEmail } from '#account/confirm-email.tsx';
import { Narrow } from '#account/narrow.tsx';

export const metadata: Metadata = { title: 'Confirm your address', referrer: 'no-referrer' };

export default async function ConfirmPage({ searchParams }: PageProps<'/sign-in/confirm'>) {
  const { token } = await searchParams;
  return (
    <Narrow>
      <h1 className="text-head">Confirm your address.</h1>
      <p className="text-ink-2">
        Type the password that you chose when you made the account. So nobody else can have made it for you.
      </p>
      <ConfirmEmail token={typeof token === 'string' ? token : ''} />
    </Narrow>
  );
}
