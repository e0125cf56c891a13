import type { OrderView, Status } from '@once/checkout';
import { PrintPicture } from '#frame/print-picture.tsx';
import { Attempts } from './attempts.tsx';
import { Certificate } from './certificate.tsx';
import { LiveOrder } from './live-order.tsx';
import { OrderVerdict } from './order-verdict.tsx';
import { PaidHead } from './paid-head.tsx';
import { Receipt } from './receipt.tsx';

/** An order from its first accepted reserve on, whatever has become of it. */
export function OrderPage({ order, status }: { order: OrderView; status: Status }) {
  return (
    <>
      {status.answer === 'paid' ? <Paid order={order} status={status} /> : <NotPaid order={order} status={status} />}
      <LiveOrder status={status} />
    </>
  );
}

function Paid({ order, status }: { order: OrderView; status: Status }) {
  return (
    <>
      <PaidHead order={order} status={status} />
      <div className="order">
        <div className="grid content-start gap-6">
          {order.lines.map((line) => (
            <Certificate key={`${line.slug} ${line.number}`} line={line} order={order} />
          ))}
        </div>
        <div className="grid content-start gap-10">
          <Attempts order={order} />
          <Receipt order={order} />
        </div>
      </div>
    </>
  );
}

function NotPaid({ order, status }: { order: OrderView; status: Status }) {
  const [first] = order.lines;
  return (
    <div className="verdictwrap">
      <div className="grid content-start gap-10">
        <OrderVerdict order={order} status={status} minutesOpen={minutesOpen(order)} />
        {order.attempts.length > 0 && <Attempts order={order} />}
        {(status.answer === 'refunded' || status.answer === 'returned') && <Receipt order={order} />}
      </div>
      <div className="verdictart">
        {first && <PrintPicture slug={first.slug} format={first.format} number={first.number} />}
      </div>
    </div>
  );
}

const MINUTE_MS = 60_000;

function minutesOpen({ attempts }: OrderView): number | undefined {
  const open = attempts.find(({ state }) => state === 'open');
  return open && Math.max(1, Math.floor((Date.now() - open.openedAt.getTime()) / MINUTE_MS));
}
