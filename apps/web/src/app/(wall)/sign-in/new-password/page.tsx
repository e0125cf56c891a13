import type { Metadata } from 'next';
import { Narrow } from '#account/narrow.tsx';
import { NewPassword } from '#account/new-password.tsx';

export const metadata: Metadata = { title: 'New password', referrer: 'no-referrer' };

export default async function NewPasswordPage({ searchParams }: PageProps<'/sign-in/new-password'>) {
  const { token } = await searchParams;
  return (
    <Narrow>
      <NewPassword token={typeof token === 'string' ? token : ''} />
    </Narrow>
  );
}
