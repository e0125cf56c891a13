'use client';
import { useCallback, useEffect, useState } from 'react';
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
  const [draft, setDraft] = useState<Draft<Fields>>();
  useEffect(() => setDraft(read<Fields>(key)), [key]);
  const keep = useCallback(
    (next: Draft<Fields> | undefined) => {
      write(key, next);
      setDraft(next);
    },
    [key],
  );
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

// A browser may refuse its storage, or have something else there: then the form lives as long as the page.

function read<Fields>(key: string): Draft<Fields> | undefined {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    return isDraft<Fields>(kept) ? kept : undefined;
  } catch {
    return undefined;
  }
}

const isDraft = <Fields>(kept: unknown): kept is Draft<Fields> =>
  typeof kept === 'object' && kept !== null && 'requestId' in kept && 'fields' in kept && 'sent' in kept;

function write(key: string, draft: Draft<unknown> | undefined): void {
  try {
    if (draft) sessionStorage.setItem(key, JSON.stringify(draft));
    else sessionStorage.removeItem(key);
  } catch {
    // As above.
  }
}
