import { orderNumber } from '@once/checkout/key';
import Link from 'next/link';
import { actionWords } from '#copy/desk-copy.ts';
import { LocalTime } from '#frame/local-time.tsx';
import type { StaffEntry } from '#server/admin/audit.ts';
import { detailOf } from './detail.ts';
import { Table } from './table.tsx';

const NIL = /^0{8}-/;

export function AuditTable({ entries }: { entries: readonly StaffEntry[] }) {
  return (
    <Table label="What staff did" columns={['When', 'What', 'Why', 'Who', 'Order', 'Details']}>
      {entries.map(({ id, at, action, actor, subjectId, detail }) => (
        <tr key={id}>
          <td>
            <LocalTime at={at} as="moment" />
          </td>
          <td>{actionWords(action)}</td>
          <td className="wrap">{detail?.['reason']}</td>
          <td>{actor.replace('staff:', '')}</td>
          <td>
            {!NIL.test(subjectId) && action !== 'staff.entered' && (
              <Link href={`/admin/orders/${subjectId}`}>{orderNumber(subjectId)}</Link>
            )}
          </td>
          <td className="wrap text-ink-2">{detailOf(detail, ['reason'])}</td>
        </tr>
      ))}
    </Table>
  );
}
