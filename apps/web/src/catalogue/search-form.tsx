'use client';
import { useRouter } from 'next/navigation';
import { type FormEvent, useEffect, useRef, useState, useTransition } from 'react';
import { addressOf, type CatalogueQuery, SORTS, type Sort, typedText } from './catalogue-query.ts';

/** Shorter than the pause between two words, longer than that between two letters. */
const PAUSE_MS = 250;

/** Text and order. A form that any browser can send; with JavaScript the prints change while one types. */
export function SearchForm({ query }: { query: CatalogueQuery }) {
  const router = useRouter();
  const [isPending, startTransition] = useTransition();
  const form = useRef<HTMLFormElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [sort, setSort] = useState(query.sort);
  const [shown, setShown] = useState(query.sort);
  if (shown !== query.sort) {
    setShown(query.sort);
    setSort(query.sort);
  }
  // The field follows the address (Back, a link that clears it), but no letter is taken from under somebody's fingers.
  useEffect(() => {
    if (field.current && field.current !== document.activeElement) field.current.value = query.text;
  }, [query.text]);
  useEffect(() => {
    const follow = () => {
      if (field.current) field.current.value = typedText(new URLSearchParams(location.search).get('q') ?? '');
    };
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);
  useEffect(() => () => clearTimeout(pause.current), []);

  function show(changes: Partial<CatalogueQuery>) {
    clearTimeout(pause.current);
    const address = addressOf(query, changes);
    if (address === addressOf(query)) return;
    // One search is one step back, however often it paused.
    const isRefined = query.text !== '' && changes.text && changes.text !== query.text;
    startTransition(() => router[isRefined ? 'replace' : 'push'](address, { scroll: false }));
  }
  /** @param text another one begins with its best matches, whatever the order was before */
  const showText = (text: string) => show({ text, sort: text && !query.text ? 'match' : query.sort });
  const typed = () => typedText(field.current?.value ?? '');

  function submit(event: FormEvent) {
    event.preventDefault();
    showText(typed());
  }

  return (
    <search>
      <form ref={form} action="/" className="asking" aria-busy={isPending} onSubmit={submit}>
        {(['paper', 'price', 'left'] as const).map(
          (name) => query[name] && <input key={name} type="hidden" name={name} value={query[name]} />,
        )}
        <input
          ref={field}
          className="input search"
          type="search"
          name="q"
          maxLength={80}
          defaultValue={query.text}
          aria-label="Search prints and studios"
          placeholder="Search prints"
          autoComplete="off"
          enterKeyHint="search"
          onChange={() => {
            clearTimeout(pause.current);
            pause.current = setTimeout(() => showText(typed()), PAUSE_MS);
          }}
        />
        <select
          className="input by"
          name="sort"
          aria-label="Sort"
          value={sort}
          onChange={({ target }) => {
            setSort(target.value as Sort);
            show({ sort: target.value as Sort, text: typed() });
          }}
        >
          {Object.entries(SORTS).map(([value, label]) =>
            value === 'match' && !query.text ? null : (
              <option key={value} value={value}>
                {label}
              </option>
            ),
          )}
        </select>
        <button type="submit" className="btn btn-s without-script">
          Search
        </button>
      </form>
    </search>
  );
}
