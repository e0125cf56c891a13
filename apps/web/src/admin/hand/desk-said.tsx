'use client';
import { usePathname } from 'next/navigation';
import { useEffect, useSyncExternalStore } from 'react';

// What was done is often gone from the page a moment later, with the form that did it: so it is said here, outside of it.

let words = '';
const listeners = new Set<() => void>();

export function sayAtDesk(said: string): void {
  words = said;
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** What the last action has come to, until it is dismissed or another page is opened. */
export function DeskSaid() {
  const said = useSyncExternalStore(
    subscribe,
    () => words,
    () => '',
  );
  const path = usePathname();
  useEffect(() => () => sayAtDesk(''), [path]);
  return (
    <output className="desk-said">
      {said && (
        <span className="toast grid-cols-[1fr_auto]!">
          <span>{said}</span>
          <button type="button" className="link" onClick={() => sayAtDesk('')}>
            Dismiss
          </button>
        </span>
      )}
    </output>
  );
}
