import { orderNumber } from '@once/checkout/key';
import Link from 'next/link';
import { DIFFERENCES } from '#copy/desk-copy.ts';
import { money } from '#copy/money.ts';
import { LocalTime } from '#frame/local-time.tsx';
import type { ListedDifference, readDifferences } from '#server/admin/differences.ts';
import { SettleDifference } from './hand/hands.tsx';
import { Table } from './table.tsx';

export function DifferenceRows({ differences }: { differences: readonly ListedDifference[] }) {
  return (
    <ul className="desk-rows">
      {differences.map((difference) => (
        <li key={`${difference.providerObjectId} ${difference.kind}`}>
          <div className="grid gap-1">
            <h3 className="font-medium">{DIFFERENCES[difference.kind]}</h3>
            <p className="text-small">
              <code>{difference.providerObjectId}</code>
              {difference.orderId && (
                <>
                  {' '}
                  of order <Link href={`/admin/orders/${difference.orderId}`}>{orderNumber(difference.orderId)}</Link>
                </>
              )}
            </p>
            <p className="text-small">
              Our ledger: {amount(difference.oursMinor, difference.currency)}. Provider:{' '}
              {amount(difference.theirsMinor, difference.currency)}. Found{' '}
              <LocalTime at={difference.foundAt} as="moment" />.
            </p>
            {difference.resolvedAt && <Settled difference={difference} at={difference.resolvedAt} />}
          </div>
          {!difference.resolvedAt && (
            <SettleDifference difference={{ providerObjectId: difference.providerObjectId, kind: difference.kind }} />
          )}
        </li>
      ))}
    </ul>
  );
}

const amount = (minor: number | null, currency: string): string =>
  minor === null ? 'nothing' : money(minor, currency);

function Settled({ difference: { resolvedBy, resolution }, at }: { difference: ListedDifference; at: Date }) {
  return (
    <p className="text-ink-2 text-small">
      Settled <LocalTime at={at} as="moment" />{' '}
      {resolvedBy ? `by ${resolvedBy.replace('staff:', '')}: ${resolution}` : 'by asking again'}
    </p>
  );
}

export function DaysTable({ days }: { days: Awaited<ReturnType<typeof readDifferences>>['days'] }) {
  return (
    <Table label="Days compared" columns={['Day', '#Movements', '#Differences found', 'Finished']}>
      {days.map(({ day, compared, differences, finishedAt }) => (
        <tr key={day} className={differences > 0 ? 'off' : undefined}>
          <td>{day}</td>
          <td className="num">{compared.toLocaleString('en-GB')}</td>
          <td className="num">{differences.toLocaleString('en-GB')}</td>
          <td>{finishedAt ? <LocalTime at={finishedAt} as="moment" /> : 'under way'}</td>
        </tr>
      ))}
    </Table>
  );
}
