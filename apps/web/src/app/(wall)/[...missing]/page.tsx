import type { Metadata } from 'next';
import { notFound } from 'next/navigation';

// As that of the page which stands in for it: the browser is given both, and takes either.
export const metadata: Metadata = { title: 'Not found' };

/** Every address that nothing else answers. A `not-found` above the frames would put a frame's code into every page. */
export default function Missing(): never {
  notFound();
}
