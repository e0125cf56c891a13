import { Dot } from '#frame/dot.tsx';
import { sheetOf } from '#frame/sheet.ts';
import type { PrintPage } from '#server/catalogue.ts';

/** What is said of a print, whatever becomes of its copies. */
export function PrintHead({ print }: { print: PrintPage }) {
  return (
    <div className="grid gap-2.5">
      <h1 className="text-head wrap-anywhere" dir="auto">
        {print.title}
      </h1>
      <p className="text-ink-2">
        <bdi>{print.studio}</bdi>, {print.publishedAt.getUTCFullYear()}. Pigment print on 310 g cotton paper.
      </p>
      <p className="pt-1.5 text-lead" dir="auto">
        {print.statement}
      </p>
      {print.available === 1 && <p className="pt-4 font-medium">One copy left.</p>}
    </div>
  );
}

/** Says what stands for copies that cannot be had, as far as there are any. */
export function EditionMarks({ print }: { print: PrintPage }) {
  const marks = new Set(print.numbers.map(({ state }) => state));
  return (
    <p className="mt-2.5 flex flex-wrap gap-x-5 gap-y-1 text-ink-2 text-small">
      {marks.has('sold') && (
        <span className="tag">
          <Dot kind="sold" />
          sold
        </span>
      )}
      {(marks.has('held') || marks.has('yours')) && (
        <span className="tag">
          <Dot kind="none" />
          {marks.has('held') ? 'held by someone' : 'held for you'}
        </span>
      )}
    </p>
  );
}

export function PrintFacts({ print }: { print: PrintPage }) {
  return (
    <dl className="facts border-rule border-t pt-4.5">
      <dt>Edition</dt>
      <dd>
        {print.copies} copies, {print.available} left
      </dd>
      <dt>Sheet</dt>
      <dd>
        {sheetOf(print.format)}, sent {print.frames.length > 0 && 'in its frame or '}rolled in a tube
      </dd>
      <dt>Variation</dt>
      <dd>Each number is drawn slightly differently</dd>
      <dt>Certificate</dt>
      <dd>Numbered and issued with the order</dd>
    </dl>
  );
}

export function HoldNote() {
  return (
    <p className="-mt-4 text-ink-2 text-small">
      Adding it holds your number for 10 minutes. Nobody else can buy it meanwhile.
    </p>
  );
}

export function AllHeld({ print }: { print: PrintPage }) {
  const yours = print.numbers.some(({ state }) => state === 'yours');
  return (
    <p className="text-ink-2">
      {yours
        ? 'Every copy that is left is held just now, one of them for you: it is in your cart.'
        : 'Every copy that is left is held by someone. A hold lasts 10 minutes; this page shows it when one comes back.'}
    </p>
  );
}

/** A hold lasts minutes, and a payment must never be sent twice: without JavaScript the shop can promise neither. */
export function NeedsScript() {
  return (
    <div className="without-script">
      <p className="notice">
        To put a print into the cart this page needs JavaScript, which your browser has turned off. Looking at prints
        does not.
      </p>
    </div>
  );
}
