import type { OrderView, Status } from '@once/checkout';
import { LiveOrder } from './live-order.tsx';
import { OrderBody } from './order-body.tsx';
import { ReceiptLink } from './receipt-link.tsx';

interface OrderPageProps {
  readonly order: OrderView;
  readonly status: Status;
  /** Opens the receipt, once there is one, wherever it is opened. */
  readonly receiptUrl: string;
}

/** An order from its first accepted reserve on, whatever has become of it. For its owner. */
export function OrderPage({ order, status, receiptUrl }: OrderPageProps) {
  const { id, receiptLinksEnded } = order;
  return (
    <>
      <OrderBody order={order} status={status} at={`/orders/${id}`}>
        <ReceiptLink orderId={id} url={receiptUrl} linksEnded={receiptLinksEnded} />
      </OrderBody>
      <LiveOrder status={status} />
    </>
  );
}
