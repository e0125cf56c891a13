import type { AttemptView, OrderView, RefundView, Status } from '@once/checkout';
import type { ReactNode } from 'react';
import { money } from '#copy/money.ts';
import { STATUS, type StatusId } from '#copy/status-copy.ts';
import { Dot, type DotKind } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';

/** Every press of Pay that could have charged, and what came of it. */
export function Attempts({ order, status }: { order: OrderView; status: Status }) {
  const { attempts, paidAt } = order;
  const replays = attempts.reduce((sum, attempt) => sum + attempt.replays, 0);
  const refused = attempts.filter(({ state }) => state === 'declined' || state === 'cancelled').length;
  return (
    <section className="grid gap-4 print:hidden">
      <h2 className="text-title">What happened when you paid</h2>
      <ol className="line">
        {attempts.flatMap((attempt) => stepsOf(attempt, order))}
        {paidAt && (
          <Step key="issued" at={paidAt}>
            {order.lines.map(({ number }) => `No. ${number}`).join(', ')} assigned,{' '}
            {order.lines.length === 1 ? 'certificate' : 'certificates'} issued
          </Step>
        )}
        {order.refunds.map((refund) => (
          <Refunded key={refund.id} refund={refund} currency={order.totals.currency} />
        ))}
      </ol>
      <dl className="tally">
        <Figure name="Attempts">{attempts.length}</Figure>
        <Figure name="Refused">{refused}</Figure>
        <Figure name="Replays suppressed">{replays}</Figure>
        <Figure name="Charges">
          <Charges order={order} status={status} />
        </Figure>
      </dl>
    </section>
  );
}

/** None is said only where it is known. */
function Charges({ order, status: { answer } }: { order: OrderView; status: Status }) {
  if (order.paidAt) {
    return (
      <>
        <Dot kind={order.state === 'paid' ? 'sold' : 'back'} />1
      </>
    );
  }
  if (answer !== 'processing' && answer !== 'unknown' && answer !== 'needs_review') return 0;
  return (
    <>
      <Dot kind="ask" />
      <span aria-hidden="true">?</span>
      <span className="sr">not known yet</span>
    </>
  );
}

function stepsOf(attempt: AttemptView, { totals }: OrderView): ReactNode[] {
  const { attempt: number, last4, openedAt, recovered } = attempt;
  const total = money(totals.totalMinor, totals.currency);
  return [
    <Step key={`${number} pressed`} at={openedAt}>
      <b>Pay pressed</b>
      {last4 && `, card ending ${last4}`}. Payment number saved before anything was sent
    </Step>,
    recovered && (
      <Step key={`${number} lost`} lost>
        <b>Answer lost</b> on the way back from the bank. Asked again about the same payment
      </Step>
    ),
    <End key={`${number} end`} attempt={attempt} total={total} />,
  ];
}

function End({ attempt, total }: { attempt: AttemptView; total: string }) {
  const { state, endedAt, reason, recovered } = attempt;
  switch (state) {
    case 'open':
      return (
        <Step dot="ask">
          <b>Waiting for the bank's answer</b>
        </Step>
      );
    case 'paid':
      return (
        <Step at={endedAt} dot="sold">
          <b>{recovered ? 'Same charge recognised.' : 'Paid.'}</b> {total}, once
        </Step>
      );
    case 'declined':
      return (
        <Step at={endedAt} dot="none">
          {reason && isStatus(reason) ? STATUS[reason].title : STATUS.card_declined.title}
        </Step>
      );
    case 'cancelled':
      return (
        <Step at={endedAt} dot="none">
          {reason && isStatus(reason) && reason !== 'cancelled'
            ? 'Ended before the card was charged.'
            : 'Cancelled. You were not charged.'}
        </Step>
      );
  }
}

function Refunded({ refund, currency }: { refund: RefundView; currency: string }) {
  const amount = money(refund.amountMinor, currency);
  switch (refund.state) {
    case 'pending':
      return (
        <Step at={refund.createdAt} dot="ask">
          <b>Refund of {amount}</b> on its way
        </Step>
      );
    case 'succeeded':
      return (
        <Step at={refund.endedAt} dot="back">
          <b>Refunded.</b> {amount}, once
        </Step>
      );
    case 'failed':
      return (
        <Step at={refund.endedAt} dot="none">
          Refund of {amount} did not go through. A person is looking at it
        </Step>
      );
  }
}

const isStatus = (reason: string): reason is StatusId => reason in STATUS;

interface StepProps {
  readonly at?: Date | null;
  readonly dot?: DotKind;
  readonly lost?: boolean;
  readonly children: ReactNode;
}

function Step({ at, dot, lost = false, children }: StepProps) {
  return (
    <li className={lost ? 'lost' : undefined}>
      {at ? <LocalTime at={at} as="second" /> : <span />}
      <span className="pt">
        {dot ? <Dot kind={dot} /> : <span className={`pip ${lost ? 'x' : ''}`} aria-hidden="true" />}
      </span>
      <p>{children}</p>
    </li>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
