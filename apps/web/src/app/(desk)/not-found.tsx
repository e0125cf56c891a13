import type { Metadata } from 'next';
import { NoSuchPage } from '#frame/no-such-page.tsx';
import { Wall } from '#frame/wall.tsx';

export const metadata: Metadata = { title: 'Not found' };

/** For whoever may not see the desk it is an address like any other that nothing answers. */
export default function NotFound() {
  return (
    <Wall>
      <NoSuchPage />
    </Wall>
  );
}
