import { addressLines, type OrderView } from '@once/checkout';
import { framedAs } from '@once/checkout/framing';
import { VAT_PERCENT } from '@once/checkout/pricing';
import Link from 'next/link';
import { SHIPPING_WORDS } from '#checkout/shipping-choice.tsx';
import { money } from '#copy/money.ts';
import { LocalTime } from '#frame/local-time.tsx';
import { certificateAt } from './certificate-number.ts';
import { PrintButton } from './print-button.tsx';

/** @param at where the order is read */
export function Receipt({ order, at }: { order: OrderView; at: string }) {
  const { totals, contact, last4, lines, shippingMethod } = order;
  const { currency } = totals;
  return (
    <section className="grid gap-3">
      <h2 className="text-title">
        Receipt<span className="hidden print:inline"> · Once, limited-edition prints</span>
      </h2>
      <dl className="sum text-small">
        {lines.map((line) => (
          <div className="contents" key={`${line.slug} ${line.number}`}>
            <dt>
              {line.title}, No. {line.number} of {line.editionCopies}
              {framedAs(line)}
              {line.certificateVoidAt && (
                <>
                  , <Link href={certificateAt(at, line)}>certificate void</Link>
                </>
              )}
            </dt>
            <dd>{money(line.priceMinor, currency)}</dd>
          </div>
        ))}
        {totals.discountMinor > 0 && (
          <>
            <dt>Discount</dt>
            <dd>−{money(totals.discountMinor, currency)}</dd>
          </>
        )}
        <dt>Shipping, {SHIPPING_WORDS[shippingMethod].name.toLowerCase()}</dt>
        <dd>{money(totals.shippingMinor, currency)}</dd>
        <dt className="text-ink-2">Includes VAT {VAT_PERCENT} %</dt>
        <dd className="text-ink-2">{money(totals.taxMinor, currency)}</dd>
        <dt className="total">{last4 ? `Card ending ${last4}` : 'Total'}</dt>
        <dd className="total">{money(totals.totalMinor, currency)}</dd>
        {order.refundedMinor > 0 && (
          <>
            <dt>Refunded</dt>
            <dd>−{money(order.refundedMinor, currency)}</dd>
          </>
        )}
      </dl>
      <dl className="facts pt-2">
        <dt>Order</dt>
        <dd className="mono">{order.orderNumber}</dd>
        {order.paidAt && (
          <>
            <dt>Paid</dt>
            <dd>
              <LocalTime at={order.paidAt} as="day" />
            </dd>
          </>
        )}
        <dt>Sent to</dt>
        <dd className="whitespace-pre-line text-left [unicode-bidi:plaintext]">{addressLines(contact).join('\n')}</dd>
        <dt>Receipt to</dt>
        <dd>{contact.email}</dd>
      </dl>
      <p>
        <PrintButton>Print the receipt</PrintButton>
      </p>
    </section>
  );
}
