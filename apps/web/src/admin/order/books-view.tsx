'use client';
import { useEffect, useState } from 'react';
import { money } from '#copy/money.ts';
import { Dot } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import type { StatementAnswer } from '#server/admin/statement.ts';
import { api } from '#trpc/client.ts';
import { Table } from '../table.tsx';
import { agrees, bookRows, type Posting } from './books.ts';

const KINDS = { charge: 'Charge', refund: 'Refund', refund_reversal: 'Refund sent back' } as const;

interface BooksViewProps {
  readonly orderId: string;
  readonly currency: string;
  readonly postings: readonly Posting[];
}

/** Our ledger beside what the provider says when the page is opened. */
export function BooksView({ orderId, currency, postings }: BooksViewProps) {
  const { answer, ask } = useStatement(orderId, postings.length);
  const statement = answer?.kind === 'statement' ? answer.statement : undefined;
  const rows = bookRows(postings, statement);
  return (
    <>
      {rows.length > 0 && (
        <Table label="Ledger and provider" columns={['Movement', '#Our ledger', '#Provider', 'Provider says', 'Id']}>
          {rows.map((row) => (
            <tr key={`${row.kind} ${row.id}`} className={agrees(row) ? undefined : 'off'}>
              <td>{KINDS[row.kind]}</td>
              <td className="num">{row.oursMinor === null ? 'none' : money(row.oursMinor, currency)}</td>
              <td className="num">
                {row.theirsMinor === undefined
                  ? '…'
                  : row.theirsMinor === null
                    ? 'none'
                    : money(row.theirsMinor, currency)}
              </td>
              <td>{row.says}</td>
              <td>
                <code>{row.id}</code>
              </td>
            </tr>
          ))}
        </Table>
      )}
      <div className="grid justify-items-start gap-2 text-small" aria-live="polite">
        <Verdict answer={answer} rowsAgree={rows.every(agrees)} charges={countCharges(rows)} />
        {answer && answer.kind !== 'nothing' && (
          <button type="button" className="btn btn-line btn-s" onClick={ask}>
            Ask the provider again
          </button>
        )}
      </div>
    </>
  );
}

const countCharges = (rows: ReturnType<typeof bookRows>) => ({
  ours: rows.filter(({ kind, oursMinor }) => kind === 'charge' && oursMinor !== null).length,
  theirs: rows.filter(({ kind, theirsMinor }) => kind === 'charge' && theirsMinor != null).length,
});

interface VerdictProps {
  readonly answer: StatementAnswer | undefined;
  readonly rowsAgree: boolean;
  readonly charges: { readonly ours: number; readonly theirs: number };
}

function Verdict({ answer, rowsAgree, charges }: VerdictProps) {
  if (!answer) {
    return (
      <p className="tag">
        <Dot kind="ask" /> Asking the provider
      </p>
    );
  }
  switch (answer.kind) {
    case 'nothing':
      return <p className="text-ink-2">Nothing was ever sent to the provider for this order.</p>;
    case 'away':
      return <p className="fault">The provider does not answer. This is our ledger alone.</p>;
    case 'statement': {
      const { intent, charges: all } = answer.statement;
      const declined = all.filter(({ status }) => status === 'failed').length;
      return (
        <>
          <p className={rowsAgree ? 'text-ink-2' : 'fault'}>
            {rowsAgree ? 'They agree: ' : 'They do not agree: '}
            {charges.theirs} {charges.theirs === 1 ? 'charge' : 'charges'} at the provider, {charges.ours} in the
            ledger.
          </p>
          <p className="text-ink-2">
            <code>{intent.id}</code> is {intent.status.replaceAll('_', ' ')}
            {declined > 0 && `, after ${declined} declined ${declined === 1 ? 'card' : 'cards'}`}. Asked at{' '}
            <LocalTime at={answer.askedAt} as="second" />.
          </p>
        </>
      );
    }
  }
}

/** @param version of what we have in our own books: with another one the provider is asked again */
function useStatement(orderId: string, version: number) {
  const [answer, setAnswer] = useState<StatementAnswer>();
  useEffect(() => {
    void asked(orderId).then(setAnswer);
  }, [orderId, version]);
  const ask = () => {
    setAnswer(undefined);
    void asked(orderId).then(setAnswer);
  };
  return { answer, ask };
}

const asked = async (orderId: string): Promise<StatementAnswer> =>
  await api.admin.statement.query({ orderId }).catch(() => ({ kind: 'away' as const }));
