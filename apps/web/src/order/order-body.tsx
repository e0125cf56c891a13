import type { OrderView, Status } from '@once/checkout';
import type { ReactNode } from 'react';
import { PrintPicture } from '#frame/print-picture.tsx';
import { Attempts } from './attempts.tsx';
import { Certificate } from './certificate.tsx';
import { OrderVerdict } from './order-verdict.tsx';
import { PaidHead } from './paid-head.tsx';
import { Receipt } from './receipt.tsx';

interface OrderBodyProps {
  readonly order: OrderView;
  readonly status: Status;
  /** The address that it is read at; its certificates are below it. */
  readonly at: string;
  /** By whoever has the link: there is nothing to press. */
  readonly readOnly?: boolean;
  /** Under the receipt, where there is one. */
  readonly children?: ReactNode;
}

/** What there is to read of an order. */
export function OrderBody(props: OrderBodyProps) {
  return props.status.answer === 'paid' ? <Paid {...props} /> : <NotPaid {...props} />;
}

function Paid({ order, status, at, readOnly = false, children }: OrderBodyProps) {
  return (
    <>
      <PaidHead order={order} status={status} readOnly={readOnly} />
      <div className="order">
        <div className="grid content-start gap-6">
          {order.lines.map((line) => (
            <Certificate key={`${line.slug} ${line.number}`} line={line} order={order} at={at} />
          ))}
        </div>
        <div className="grid content-start gap-10">
          <Attempts order={order} status={status} />
          <Receipt order={order} at={at} />
          {children}
        </div>
      </div>
    </>
  );
}

function NotPaid({ order, status, at, readOnly = false, children }: OrderBodyProps) {
  const [first] = order.lines;
  return (
    <div className="verdictwrap">
      <div className="grid content-start gap-10">
        <OrderVerdict order={order} status={status} minutesOpen={minutesOpen(order)} readOnly={readOnly} />
        {order.attempts.length > 0 && <Attempts order={order} status={status} />}
        {(status.answer === 'refunded' || status.answer === 'returned') && (
          <>
            <Receipt order={order} at={at} />
            {children}
          </>
        )}
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
  const minutes = open && Math.floor((Date.now() - open.openedAt.getTime()) / MINUTE_MS);
  // Less is not worth a sentence.
  return minutes !== undefined && minutes >= 2 ? minutes : undefined;
}
