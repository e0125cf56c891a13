'use client';
import { useId, useState } from 'react';
import type { CopyState, PrintPage } from '#server/catalogue.ts';

/** Chooses a number by typing it: in an edition of hundreds, nobody walks there with the arrow keys. */
export function NumberJump({ print, onChoose }: { print: PrintPage; onChoose: (number: number) => void }) {
  const id = useId();
  const [typed, setTyped] = useState('');
  const number = /^\d{1,4}$/.test(typed) ? Number(typed) : undefined;
  const state = number === undefined ? undefined : print.numbers[number - 1]?.state;

  function type(text: string) {
    setTyped(text.trim());
    const wanted = Number(text);
    if (print.numbers[wanted - 1]?.state === 'available') onChoose(wanted);
  }

  return (
    <div className="jump">
      <label htmlFor={id} className="text-small">
        Or type a number
      </label>
      <input
        id={id}
        className="input"
        inputMode="numeric"
        autoComplete="off"
        maxLength={4}
        value={typed}
        aria-describedby={`${id}-answer`}
        onChange={({ target }) => type(target.value)}
      />
      <output id={`${id}-answer`} className="text-ink-2 text-small">
        {typed !== '' &&
          (number === undefined ? 'Figures only' : (state ? WORDS[state] : ANSWER_NONE).replace('{n}', typed))}
      </output>
    </div>
  );
}

const ANSWER_NONE = 'There is no No. {n}';
const WORDS: Readonly<Record<CopyState, string>> = {
  available: 'No. {n} is chosen',
  held: 'No. {n} is held by someone',
  sold: 'No. {n} is sold',
  yours: 'No. {n} is in your cart',
};
