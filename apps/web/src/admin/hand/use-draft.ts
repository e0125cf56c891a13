'use client';
import { useMemo, useSyncExternalStore } from 'react';
import { uuidv7 } from 'uuidv7';

/** What somebody has typed, and the id of the request that it will be. */
export interface Draft<Fields> {
  /** Made when the form opens. The same for a double click, a reload, and a press after an answer that was lost. */
  readonly requestId: string;
  /** It left, and no answer has come: what goes out next is the same again. */
  readonly sent: boolean;
  readonly fields: Fields;
}

/**
 * A form that outlives a reload and a session that ends: kept by the tab under its name until it is answered for good.
 * Undefined while the form is closed.
 */
export function useDraft<Fields>(name: string, empty: Fields) {
  const key = `once.desk.${name}`;
  const text = useSyncExternalStore(
    subscribe,
    () => read(key),
    () => null,
  );
  const draft = useMemo(() => parsed<Fields>(text), [text]);
  const keep = (next: Draft<Fields> | undefined) => write(key, next && JSON.stringify(next));
  return {
    draft,
    open: () => keep({ requestId: uuidv7(), sent: false, fields: empty }),
    close: () => keep(undefined),
    type: (fields: Partial<Fields>) => draft && keep({ ...draft, fields: { ...draft.fields, ...fields } }),
    /** With another id: what this one was is answered, and what comes next is another request. */
    anew: (fields: Partial<Fields> = {}) =>
      draft && keep({ requestId: uuidv7(), sent: false, fields: { ...draft.fields, ...fields } }),
    mark: (sent: boolean) => draft && keep({ ...draft, sent }),
  };
}

function parsed<Fields>(text: string | null): Draft<Fields> | undefined {
  try {
    const kept: unknown = JSON.parse(text ?? 'null');
    const isDraft =
      typeof kept === 'object' && kept !== null && 'requestId' in kept && 'fields' in kept && 'sent' in kept;
    return isDraft ? (kept as Draft<Fields>) : undefined;
  } catch {
    return undefined;
  }
}

// A browser may refuse its storage: then the form lives as long as the page.

const memory = new Map<string, string>();
const listeners = new Set<() => void>();

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

function read(key: string): string | null {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return memory.get(key) ?? null;
  }
}

function write(key: string, text: string | undefined): void {
  try {
    if (text === undefined) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    if (text === undefined) memory.delete(key);
    else memory.set(key, text);
  }
  for (const listener of listeners) listener();
}
