'use client';
import type { ReactNode } from 'react';

/** Without JavaScript the browser's own menu prints the page just the same. */
export function PrintButton({ children }: { children: ReactNode }) {
  return (
    <button type="button" className="btn btn-line btn-s print:hidden" onClick={() => print()}>
      {children}
    </button>
  );
}
