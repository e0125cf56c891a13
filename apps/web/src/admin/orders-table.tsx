import Link from 'next/link';
import { money } from '#copy/money.ts';
import { LocalTime } from '#frame/local-time.tsx';
import type { ListedOrder } from '#server/admin/orders.ts';
import { OrderTag } from './order-tag.tsx';
import { Table } from './table.tsx';

export function OrdersTable({ orders }: { orders: readonly ListedOrder[] }) {
  return (
    <Table label="Orders" columns={['Order', 'Charge', '#Total', 'Buyer', 'Copy', '#Attempts', '#Replays', 'Since']}>
      {orders.map((order) => (
        <tr key={order.id}>
          <td>
            <Link href={`/admin/orders/${order.id}`}>{order.orderNumber}</Link>
          </td>
          <td>
            <OrderTag order={order} />
          </td>
          <td className="num">{money(order.totalMinor, order.currency)}</td>
          <td>
            {order.name}
            <span className="block text-ink-3">{order.email}</span>
          </td>
          <td>
            {order.firstLine}
            {order.lines > 1 && ` and ${order.lines - 1} more`}
          </td>
          <td className="num">{order.attempts}</td>
          <td className="num">{order.replays}</td>
          <td>
            <LocalTime at={order.createdAt} as="moment" />
          </td>
        </tr>
      ))}
    </Table>
  );
}
