import type { OrderSummary } from '@once/checkout';
import Link from 'next/link';
import { money } from '#copy/money.ts';
import { Dot, type DotKind } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import { PrintPicture } from '#frame/print-picture.tsx';

const STATES: Readonly<Record<OrderSummary['state'], { readonly dot: DotKind; readonly words: string }>> = {
  reserved: { dot: 'ask', words: 'Not paid yet' },
  paid: { dot: 'sold', words: 'Paid once' },
  cancelled: { dot: 'none', words: 'Cancelled, not charged' },
  refunded: { dot: 'back', words: 'Refunded' },
  returned: { dot: 'back', words: 'Charged once, and returned' },
};

export function OrderItem({ order }: { order: OrderSummary }) {
  const [first, ...others] = order.lines;
  const { dot, words } = STATES[order.state];
  return (
    <li className="item items-center">
      <div>{first && <PrintPicture slug={first.slug} format={first.format} number={first.number} />}</div>
      <div>
        <h2 className="leading-[1.3]">
          <Link href={`/orders/${order.id}`} className="no-underline hover:underline">
            {first && `${first.title}, No. ${first.number} of ${first.editionCopies}`}
            {others.length > 0 && ` and ${others.length} more`}
          </Link>
        </h2>
        <p className="text-ink-2 text-small">
          Order {order.orderNumber}, <LocalTime at={order.createdAt} as="day" />
        </p>
        <p className="mt-1">
          <span className="tag">
            <Dot kind={dot} />
            {words}
          </span>
        </p>
      </div>
      <span>{money(order.totalMinor, order.currency)}</span>
    </li>
  );
}
