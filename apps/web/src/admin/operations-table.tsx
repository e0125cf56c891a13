import { orderNumber } from '@once/checkout/key';
import Link from 'next/link';
import { operationWords } from '#copy/desk-copy.ts';
import type { ListedOperation } from '#server/admin/operations.ts';
import { ago } from './ago.ts';
import { Table } from './table.tsx';

export function OperationsTable({ operations }: { operations: readonly ListedOperation[] }) {
  return (
    <Table
      label="Operations"
      columns={['Operation', 'Order', 'Last phase', '#For', '#Next', '#Failed tries', '#Taken', 'Name']}
    >
      {operations.map((one) => (
        <tr key={one.recordId}>
          <td>
            <Link href={`/admin/operations/${one.recordId}`}>{operationWords(one.operation)}</Link>
          </td>
          <td>
            {one.operation.startsWith('checkout.') ? (
              <Link href={`/admin/orders/${one.scope}`}>{orderNumber(one.scope)}</Link>
            ) : (
              <code>{one.scope}</code>
            )}
          </td>
          <td>{one.recoveryPoint ?? 'none yet'}</td>
          <td className="num">{ago(one.sinceMs)}</td>
          <td className="num">{nextOf(one)}</td>
          <td className="num">{one.failedTries}</td>
          <td className="num">{one.fence}×</td>
          <td>
            <code>{one.operation}</code>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function nextOf({ dueInMs }: ListedOperation): string {
  if (dueInMs === null) return 'never by itself';
  return dueInMs <= 0 ? `due for ${ago(-dueInMs)}` : `in ${ago(dueInMs)}`;
}
