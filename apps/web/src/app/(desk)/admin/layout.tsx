import type { Metadata, Route } from 'next';
import { notFound, redirect } from 'next/navigation';
import type { ReactNode } from 'react';
import { Wall } from '#frame/wall.tsx';
import { currentStaffCheck } from '#server/staff.ts';

export const metadata: Metadata = {
  title: { default: 'Admin', template: '%s · Admin · Once' },
  robots: { index: false },
};

/** For staff only. Pages ask again by `currentStaff`: a layout is not drawn anew with every one of them. */
export default async function DeskLayout({ children }: { children: ReactNode }) {
  const { kind } = await currentStaffCheck();
  if (kind === 'signed_out') redirect('/sign-in?next=/admin' as Route);
  if (kind === 'stranger') notFound();
  return <Wall>{children}</Wall>;
}
