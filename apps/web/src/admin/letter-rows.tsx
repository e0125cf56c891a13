import { orderNumber } from '@once/checkout/key';
import Link from 'next/link';
import { LETTERS } from '#copy/desk-copy.ts';
import { LocalTime } from '#frame/local-time.tsx';
import type { ListedLetter } from '#server/admin/letters.ts';
import { RetryLetter } from './hand/hands.tsx';

/** Mails that have not been sent. */
export function LetterRows({ letters }: { letters: readonly ListedLetter[] }) {
  return (
    <ul className="desk-rows">
      {letters.map((letter) => {
        const { orderId, kind, subjectId, createdAt, dueAt, deadAt, tries, lastError } = letter;
        return (
          <li key={`${orderId} ${kind} ${subjectId}`}>
            <div className="grid gap-1">
              <h2 className="font-medium">
                {LETTERS[kind].name}{' '}
                {LETTERS[kind].isOfOrder && (
                  <>
                    for <Link href={`/admin/orders/${orderId}`}>{orderNumber(orderId)}</Link>
                  </>
                )}
              </h2>
              <p className="text-small">
                Written <LocalTime at={createdAt} as="moment" />. {tries} {tries === 1 ? 'try' : 'tries'};{' '}
                {deadAt ? 'given up ' : 'next '}
                <LocalTime at={deadAt ?? dueAt} as="moment" />.
              </p>
              {lastError && <p className="text-care text-small">{lastError}</p>}
            </div>
            {deadAt && <RetryLetter letter={{ orderId, kind, subjectId }} />}
          </li>
        );
      })}
    </ul>
  );
}
