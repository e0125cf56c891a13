import type { Metadata } from 'next';
import type { ReactNode } from 'react';
import { DeskNav } from '#admin/desk-nav.tsx';
import { DeskSaid } from '#admin/hand/desk-said.tsx';
import { Wall } from '#frame/wall.tsx';

export const metadata: Metadata = {
  title: { default: 'Admin', template: '%s · Admin · Once' },
  robots: { index: false },
};

/**
 * The frame of the back office. Every page asks by itself who is there (`atDesk`): a layout is not drawn anew with each of
 * them, and does not know where whoever signs in wants to come back to.
 */
export default function DeskLayout({ children }: { children: ReactNode }) {
  return (
    <Wall>
      <DeskNav />
      {children}
      <DeskSaid />
    </Wall>
  );
}
