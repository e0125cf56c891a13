import { orderNumber } from '@once/checkout/key';
import Link from 'next/link';
import { operationWords } from '#copy/desk-copy.ts';
import type { ListedOperation } from '#server/admin/operations.ts';
import { ago } from './ago.ts';
import { Table } from './table.tsx';

export function OperationsTable({ operations }: { operations: readonly ListedOperation[] }) {
  const nowMs = Date.now();
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
          <td className="num">{ago(one.advancedAt, nowMs)}</td>
          <td className="num">{nextOf(one, nowMs)}</td>
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

function nextOf({ dueAt, isDue }: ListedOperation, nowMs: number): string {
  if (!dueAt) return 'never by itself';
  return isDue ? `due for ${ago(dueAt, nowMs)}` : `in ${ago(dueAt, nowMs)}`;
}
