import type { AttemptView } from '@once/checkout';
import Link from 'next/link';
import { operationWords, STATE_WORDS } from '#copy/desk-copy.ts';
import { money } from '#copy/money.ts';
import { LocalTime } from '#frame/local-time.tsx';
import type { OrderFile } from '#server/admin/order.ts';
import { Nothing } from '../parts.tsx';
import { Table } from '../table.tsx';

export function AttemptsTable({ attempts }: { attempts: readonly AttemptView[] }) {
  if (attempts.length === 0) return <Nothing>Pay was never pressed.</Nothing>;
  return (
    <Table label="Attempts to pay" columns={['No.', 'Came to', 'Card', '#Replays suppressed', 'Opened', 'Ended']}>
      {attempts.map((attempt) => (
        <tr key={attempt.attempt}>
          <td>{attempt.attempt + 1}</td>
          <td className="wrap">
            {attempt.state}
            {attempt.reason && `: ${attempt.reason.replaceAll('_', ' ')}`}
            {attempt.recovered && ', answer lost and looked up'}
          </td>
          <td>{attempt.last4}</td>
          <td className="num">{attempt.replays}</td>
          <td>
            <LocalTime at={attempt.openedAt} as="moment" />
          </td>
          <td>{attempt.endedAt ? <LocalTime at={attempt.endedAt} as="moment" /> : 'open'}</td>
        </tr>
      ))}
    </Table>
  );
}

export function RefundsTable({ refunds }: { refunds: OrderFile['refundRows'] }) {
  return (
    <Table label="Refunds" columns={['#Amount', 'State', 'Reason', 'Asked by', 'Asked', 'At the provider']}>
      {refunds.map((refund) => (
        <tr key={refund.id}>
          <td className="num">{money(refund.amountMinor, refund.currency)}</td>
          <td>
            {refund.state}
            {refund.failure && `: ${refund.failure.replaceAll('_', ' ')}`}
          </td>
          <td className="wrap">{refund.reason}</td>
          <td>{refund.actor.replace('staff:', '')}</td>
          <td>
            <LocalTime at={refund.createdAt} as="moment" />
          </td>
          <td>{refund.providerRefundId ? <code>{refund.providerRefundId}</code> : 'not heard of'}</td>
        </tr>
      ))}
    </Table>
  );
}

export function OperationsTable({ operations }: { operations: OrderFile['operations'] }) {
  if (operations.length === 0) return <Nothing>Settled, and no longer kept.</Nothing>;
  return (
    <ul className="lines text-small">
      {operations.map(({ recordId, operation, state }) => (
        <li key={recordId} className="flex justify-between gap-4 py-2">
          <Link href={`/admin/operations/${recordId}`}>{operationWords(operation)}</Link>
          <span className={state === 'needs_review' ? 'font-medium text-care' : undefined}>{STATE_WORDS[state]}</span>
        </li>
      ))}
    </ul>
  );
}

export function LettersTable({ letters }: { letters: OrderFile['letters'] }) {
  if (letters.length === 0) return <Nothing>None.</Nothing>;
  return (
    <ul className="lines text-small">
      {letters.map((letter) => (
        <li key={`${letter.kind} ${letter.subjectId}`} className="flex justify-between gap-4 py-2">
          <span>{letter.kind.replaceAll('_', ' ')}</span>
          <LetterState letter={letter} />
        </li>
      ))}
    </ul>
  );
}

function LetterState({ letter: { deliveredAt, deadAt } }: { letter: OrderFile['letters'][number] }) {
  if (deliveredAt) return <LocalTime at={deliveredAt} as="moment" />;
  return deadAt ? <Link href="/admin/mail">dead letter</Link> : <span>waiting</span>;
}
