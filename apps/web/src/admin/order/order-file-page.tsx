import { framedAs } from '@once/checkout/framing';
import Link from 'next/link';
import { endsByItself, reviewWords } from '#copy/desk-copy.ts';
import { money } from '#copy/money.ts';
import type { OrderFile } from '#server/admin/order.ts';
import { ReviewOrder } from '../hand/hands.tsx';
import { OrderTag } from '../order-tag.tsx';
import { DeskHead, DeskSection, Nothing } from '../parts.tsx';
import { BooksView } from './books-view.tsx';
import { AttemptsTable, LettersTable, OperationsTable, RefundsTable } from './order-tables.tsx';
import type { Refundable } from './refund-amount.ts';
import { RefundForm } from './refund-form.tsx';
import { Timeline } from './timeline.tsx';

/** All that is known of an order, and what may be done about it. */
export function OrderFilePage({ file }: { file: OrderFile }) {
  const { id, payment, postings, totals } = file;
  const tag = { ...file, isOpen: payment.openAttempt !== null, refundedMinor: payment.refundedMinor };
  return (
    <>
      <DeskHead title={`Order ${file.orderNumber}`}>
        <OrderTag order={tag} />
      </DeskHead>
      {file.reviewReason && <Flag orderId={id} reason={file.reviewReason} />}
      <Facts file={file} />
      <div className="two desk-file pt-8">
        {/* First: on a phone it comes before the books, which are long. */}
        <aside className="grid min-w-0 gap-6">
          <div className="panel grid gap-4">
            <h2 className="font-medium text-lead">Refund</h2>
            <Refund file={file} />
          </div>
          <DeskSection title="Operations">
            <OperationsTable operations={file.operations} />
          </DeskSection>
          <DeskSection title="Mail">
            <LettersTable letters={file.letters} />
          </DeskSection>
        </aside>
        <div className="stack min-w-0 gap-10">
          <DeskSection title="Ledger and provider">
            <BooksView
              orderId={id}
              currency={totals.currency}
              postings={postings.map(({ providerObjectId, kind, amountMinor }) => ({
                ...{ providerObjectId, kind, amountMinor },
              }))}
            />
          </DeskSection>
          <DeskSection title="Attempts to pay">
            <AttemptsTable attempts={file.attempts} />
          </DeskSection>
          {file.refundRows.length > 0 && (
            <DeskSection title="Refunds">
              <RefundsTable refunds={file.refundRows} />
            </DeskSection>
          )}
          <DeskSection title="Timeline">
            <Timeline entries={file.timeline} />
          </DeskSection>
        </div>
      </div>
    </>
  );
}

function Flag({ orderId, reason }: { orderId: string; reason: string }) {
  const { title, todo } = reviewWords(reason);
  return (
    <section className="notice care mb-4 items-start!" aria-label="Needs review">
      <b aria-hidden="true">!</b>
      <div className="grid gap-3">
        <div>
          <h2 className="font-medium">{title}</h2>
          <p>{todo}</p>
        </div>
        {!endsByItself(reason) && <ReviewOrder orderId={orderId} reviewReason={reason} />}
      </div>
    </section>
  );
}

function Facts({ file }: { file: OrderFile }) {
  const { lines, totals, contact, payment } = file;
  return (
    <section className="grid max-w-160 gap-5 pt-2">
      <ul className="lines">
        {lines.map((line) => (
          <li key={`${line.slug} ${line.number}`} className="flex flex-wrap justify-between gap-x-6 py-2">
            <span>
              <Link href={`/admin/editions/${line.slug}`}>{line.title}</Link>, No. {line.number} of {line.editionCopies}
              {framedAs(line)}
              {line.certificateVoidAt && <b className="font-medium text-care"> · certificate void, on sale again</b>}
            </span>
            <span>{money(line.priceMinor, totals.currency)}</span>
          </li>
        ))}
      </ul>
      <dl className="facts">
        <dt>Total</dt>
        <dd>
          {money(totals.totalMinor, totals.currency)}
          {totals.discountMinor > 0 && `, after ${money(totals.discountMinor, totals.currency)} off`}
        </dd>
        <dt>Charged</dt>
        <dd>{money(payment.capturedMinor, totals.currency)}</dd>
        <dt>Refunded</dt>
        <dd>
          {money(payment.refundedMinor, totals.currency)}
          {payment.refundPendingMinor > 0 && `, and ${money(payment.refundPendingMinor, totals.currency)} on its way`}
        </dd>
        <dt>Customer</dt>
        <dd>
          {contact.name}, {contact.email}
        </dd>
        <dt>Sent to</dt>
        <dd>
          {[contact.line1, contact.line2, `${contact.postalCode} ${contact.city}`, contact.country]
            .filter(Boolean)
            .join(', ')}
        </dd>
        <dt>Intent</dt>
        <dd className="mono">{payment.intentId ?? 'none yet'}</dd>
        <dt>Order id</dt>
        <dd className="mono">{file.id}</dd>
      </dl>
    </section>
  );
}

/** Says why where nothing can be given back. The server decides again, whatever the page shows. */
function Refund({ file }: { file: OrderFile }) {
  const { payment, totals } = file;
  const refundedMinor = payment.refundedMinor + payment.refundPendingMinor;
  if (payment.dispute === 'open' || payment.dispute === 'lost') {
    return <Nothing>The charge is disputed: the bank decides where the money goes.</Nothing>;
  }
  if (payment.state !== 'succeeded') {
    const isUnknown =
      payment.openAttempt !== null || payment.state === 'requires_action' || payment.state === 'processing';
    return (
      <Nothing>
        {isUnknown
          ? 'The payment is still under way: there may be nothing to give back. Resolve its operation first.'
          : 'Nobody has paid for this order.'}
      </Nothing>
    );
  }
  const leftMinor = payment.capturedMinor - refundedMinor;
  if (leftMinor === 0) return <Nothing>All of {money(payment.capturedMinor, totals.currency)} has gone back.</Nothing>;
  return (
    <>
      <p className="text-ink-2 text-small">
        {money(leftMinor, totals.currency)} of {money(payment.capturedMinor, totals.currency)} is left.
      </p>
      <RefundForm refundable={refundableOf(file, refundedMinor)} />
    </>
  );
}

function refundableOf({ id, lines, totals, payment, last4, refundRows }: OrderFile, refundedMinor: number): Refundable {
  const onTheirWay = new Set(refundRows.filter(({ state }) => state !== 'failed').flatMap((refund) => refund.lines));
  return {
    ...{ orderId: id, currency: totals.currency, capturedMinor: payment.capturedMinor, refundedMinor, last4 },
    prints: lines.flatMap(({ line, title, number, priceMinor, certificateVoidAt }) =>
      certificateVoidAt || onTheirWay.has(line)
        ? []
        : [
            {
              ...{ line, name: `${title}, No. ${number}` },
              paidMinor: Math.round(
                (priceMinor * (totals.subtotalMinor - totals.discountMinor)) / totals.subtotalMinor,
              ),
            },
          ],
    ),
  };
}
