import type { OrderView } from '@once/checkout';
import { framedAs } from '@once/checkout/framing';
import type { Route } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { Dot } from '#frame/dot.tsx';
import { LocalTime } from '#frame/local-time.tsx';
import { PrintPicture } from '#frame/print-picture.tsx';
import { sheetOf } from '#frame/sheet.ts';
import { certificateNumber, copyName } from './certificate-number.ts';
import { PrintButton } from './print-button.tsx';

interface CertificatePageProps {
  readonly order: OrderView;
  /** As in its address: `lee-shore-18` */
  readonly copy: string;
  /** Where the order is read. */
  readonly at: string;
}

/** One copy and whose it is, as a sheet to print and put behind the frame. */
export function CertificatePage({ order, copy, at }: CertificatePageProps) {
  const { paidAt } = order;
  const line = order.lines.find((each) => copyName(each) === copy);
  // Issued with the payment: before it nothing is anybody's.
  if (!line || paidAt === null) notFound();
  const { slug, title, studio, format, number, editionCopies, certificateVoidAt } = line;
  return (
    <>
      <p className="mb-6 flex flex-wrap items-center justify-between gap-3 print:hidden">
        <Link href={at as Route}>Back to order {order.orderNumber}</Link>
        <PrintButton>Print the certificate</PrintButton>
      </p>
      <article className={`paper ${certificateVoidAt ? 'void' : ''}`}>
        {certificateVoidAt && (
          <p className="voided">
            <Dot kind="back" />
            <span>
              Void since <LocalTime at={certificateVoidAt} as="day" />. This number was given back, and is on sale
              again.
            </span>
          </p>
        )}
        <PrintPicture slug={slug} format={format} number={number} alt={`${title}, copy ${number}`} eager />
        <div className="papertext">
          <p className="text-ink-2 text-small">Certificate</p>
          <h1 className="text-head">
            {title}, No. {number} of {editionCopies}
          </h1>
          <p className="text-lead text-ink-2">
            {certificateVoidAt
              ? 'It was sold once, and returned.'
              : `The only No. ${number} of this edition. It was sold once, to`}
          </p>
          <p className="owner">{certificateVoidAt ? <s>{order.contact.name}</s> : order.contact.name}</p>
          <dl className="facts">
            <dt>Print</dt>
            <dd>
              {title} by {studio}
            </dd>
            <dt>Sheet</dt>
            <dd>
              {sheetOf(format)}
              {framedAs(line)}
            </dd>
            <dt>Sold</dt>
            <dd>
              <LocalTime at={paidAt} as="day" />
            </dd>
            <dt>Certificate</dt>
            <dd className="mono">
              {certificateVoidAt ? (
                <s>{certificateNumber(line, order.orderNumber)}</s>
              ) : (
                certificateNumber(line, order.orderNumber)
              )}
            </dd>
          </dl>
        </div>
      </article>
    </>
  );
}
