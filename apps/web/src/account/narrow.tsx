import type { ReactNode } from 'react';

/** One question in the middle of the wall. */
export function Narrow({ children }: { children: ReactNode }) {
  return <div className="grid max-w-112 gap-5 py-8 md:py-16">{children}</div>;
}
