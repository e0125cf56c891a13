import { Dot, type DotKind } from '#frame/dot.tsx';

interface OrderTagProps {
  readonly order: {
    readonly state: 'reserved' | 'paid' | 'cancelled' | 'refunded' | 'returned';
    readonly reviewReason: string | null;
    readonly isOpen: boolean;
    readonly refundedMinor: number;
  };
}

/** What is true of an order's money, in a dot and two words. */
export function OrderTag({ order }: OrderTagProps) {
  const [kind, words] = tagOf(order);
  return (
    <span className="tag">
      <Dot kind={kind} />
      {words}
      {order.reviewReason && <b className="font-medium text-care">! needs review</b>}
    </span>
  );
}

function tagOf({ state, isOpen, refundedMinor }: OrderTagProps['order']): readonly [DotKind, string] {
  switch (state) {
    case 'reserved':
      return isOpen ? ['ask', 'Asking'] : ['none', 'Not paid'];
    case 'paid':
      return ['sold', refundedMinor > 0 ? 'Refunded in part' : 'Charged once'];
    case 'cancelled':
      return ['none', 'Cancelled'];
    case 'refunded':
      return ['back', 'Refunded'];
    case 'returned':
      return ['back', 'Returned'];
  }
}
